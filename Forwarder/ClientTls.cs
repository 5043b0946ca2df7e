using System.IO.Pipelines;
using System.Net.Security;
using System.Runtime.CompilerServices;
using SniForward.Peeking;
using SniForward.Routing;
using SniForward.Securing;
using SniForward.Telemetry;
using SniForward.Transport;
using SniForward.Transport.Tls;

namespace SniForward;

/// <summary>The TLS of a client that ends here: the handshake, for which its ClientHello was peeked, and the first request inside.</summary>
internal static class ClientTls
{
    /// <summary>How the client's TLS ends here; null: its route passes it through, or it speaks none.</summary>
    public static TlsTermination? Of(Connection connection, FirstFlight? hello, Route? route) =>
        route is null || hello is not { Result.Protocol: Protocols.Tls } ? null : connection.Rules.Terminations[route.Index];

    /// <summary>Shakes hands, within what is left of the peek's time.</summary>
    public static ValueTask<TlsResult> AcceptAsync(Connection connection, ConnectionParts parts, FirstFlight hello, TlsTermination tls) =>
        TlsSocket.AcceptAsync(
            connection.Client, parts.Transport, parts.Handshakes, Options(tls, hello, connection.Client.Input), connection.PeekTimeLeft);

    /// <summary>Holds the first request inside against the ClientHello's route: null, or why the connection is refused.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public static async ValueTask<ConnectionEnd?> VerifyHostAsync(Connection connection, FirstFlight hello, FirstFlight request, Route? route)
    {
        var answer = await request.PeekInsideAsync(connection).ConfigureAwait(false);
        if (RefusalReason.Of(answer, FirstFlight.Inside) is { } unfit) return unfit;
        var isLater = connection.Rules.IsByRequest && request.Result.Protocol is Protocols.Http;
        return isLater || !connection.Rules.Terminations[route!.Index]!.HostMustMatch ? null : RouteChoice.Verify(connection, hello, request, route);
    }

    /// <summary>What the handshake takes with one that asked for a name by its ClientHello, which stays in <paramref name="input"/>.</summary>
    private static SslServerAuthenticationOptions Options(TlsTermination tls, FirstFlight hello, PipeReader input)
    {
        var offer = default(TlsOffer);
        if (input.TryRead(out var read))
        {
            offer = TlsOffer.Of(read.Buffer);
            input.AdvanceTo(read.Buffer.Start);
        }
        Span<char> name = stackalloc char[HostName.MaxLength];
        RouteChoice.Normalize(hello.Result, name, out var length);
        return tls.OptionsFor(name[..length], offer);
    }
}
