using SniForward.Selecting;
using SniForward.Transport.Tls;

namespace SniForward;

/// <summary>What a server is sent before the client's bytes: a PROXY header, PostgreSQL's question for TLS, both or neither.</summary>
internal static class OpeningChoice
{
    /// <summary>Borrows an opening and writes it, if the server is to have one.</summary>
    /// <param name="connection">Whose server it is.</param>
    /// <param name="backend">Where it goes.</param>
    /// <param name="loans">The connection's.</param>
    public static void Prepare(Connection connection, Backend backend, ref Loans loans) => Prepare(connection, backend, loans.Flight, ref loans);

    /// <summary>The same, where what the server is told of is not what the connection has on loan.</summary>
    /// <param name="connection">Whose server it is.</param>
    /// <param name="backend">Where it goes.</param>
    /// <param name="flight">What the client sent first; null: nothing of it holds for the whole connection.</param>
    /// <param name="loans">Where the opening is borrowed.</param>
    public static void Prepare(Connection connection, Backend backend, FirstFlight? flight, ref Loans loans)
    {
        var asksForTls = flight is { BeganAsPostgres: true } && loans.Request is null;
        var version = backend.Rules.SendProxy;
        if (version == ProxyVersion.Off && !asksForTls) return;

        var opening = loans.RentOpening();
        if (version != ProxyVersion.Off) WriteProxyHeader(connection, version, flight, opening);
        if (asksForTls) opening.AskForTls();
    }

    private static void WriteProxyHeader(Connection connection, ProxyVersion version, FirstFlight? flight, Opening opening)
    {
        var client = connection.Client;
        var name = flight is null ? default : flight.Result.Name;
        var tls = client as TlsSocket;
        var alpn = tls is not null ? tls.ApplicationProtocol.Protocol.Span
            : flight is { Result.Alpn: [var length, .. var names] } ? names[..length]
            : default;
        opening.BeginWithProxyHeader(
            version, connection.ClientAddress, connection.LocalAddress, name, alpn, tls is null ? default : ProxySsl.Of(tls));
    }
}
