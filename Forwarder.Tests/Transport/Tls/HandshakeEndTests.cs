using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using SniForward.Tests.EndToEnd;
using SniForward.Transport.Tls;

namespace SniForward.Tests.Transport.Tls;

/// <summary>What becomes of a handshake whose client has the server's flight, and owes its last.</summary>
public sealed class HandshakeEndTests
{
    public static MatrixTheoryData<Engine, SslProtocols> Kinds => new(Enum.GetValues<Engine>(), [SslProtocols.Tls12, SslProtocols.Tls13]);

    public static MatrixTheoryData<Engine, SslProtocols, bool> Deaths => new(Enum.GetValues<Engine>(), [SslProtocols.Tls12, SslProtocols.Tls13], [true, false]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task It_may_come_byte_by_byte(Engine engine, SslProtocols protocol)
    {
        using var owing = await StartAsync(engine, protocol);

        while (owing.Stream.Held > 0) await owing.Stream.SendAsync(1);
        owing.Stream.Holds = false;
        var result = await owing.Accepting.InTimeAsync();
        await owing.Authenticating.InTimeAsync();

        Assert.Equal((TlsFailure.None, protocol), (result.Failure, result.Socket!.Protocol));
        Assert.Equal((0, 0), (owing.Bench.HeldBuffers, owing.Bench.Gate.Running));
        await owing.Bench.Transport.RunAsync(result.Socket.Dispose);
    }

    [Theory]
    [MemberData(nameof(Deaths))]
    public async Task A_client_that_dies_is_gone(Engine engine, SslProtocols protocol, bool resets)
    {
        using var owing = await StartAsync(engine, protocol);

        if (resets) owing.Client.LingerState = new LingerOption(true, 0);
        owing.Client.Dispose();

        await EndsAsync(owing, TlsFailure.PeerEnded);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_abort_ends_it(Engine engine, SslProtocols protocol)
    {
        using var owing = await StartAsync(engine, protocol);

        await owing.Bench.Transport.RunAsync(owing.Accepted.Abort);

        await EndsAsync(owing, TlsFailure.Aborted);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_no_flight_is_a_failure(Engine engine, SslProtocols protocol)
    {
        using var owing = await StartAsync(engine, protocol);

        owing.Client.Send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"u8);

        await EndsAsync(owing, TlsFailure.Failed);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_silent_client_is_timed_out(Engine engine, SslProtocols protocol)
    {
        using var owing = await StartAsync(engine, protocol, TimeSpan.FromSeconds(3));

        await EndsAsync(owing, TlsFailure.TimedOut);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Those_that_owe_it_keep_nobody_out(Engine engine, SslProtocols protocol)
    {
        using var owing = await StartAsync(engine, protocol, gate: new HandshakeGate(places: 1, line: 1));

        Assert.Equal(0, owing.Bench.Gate.Running);
        var (client, accepted) = await owing.Bench.HandshakeAsync();

        await owing.Bench.Transport.RunAsync(accepted.Dispose);
        await client.DisposeAsync();
        owing.Client.Dispose();
        await EndsAsync(owing, TlsFailure.PeerEnded);
    }

    /// <summary>A handshake that waits for its client's last flight.</summary>
    private static async Task<Owing> StartAsync(Engine engine, SslProtocols protocol, TimeSpan? timeout = null, HandshakeGate? gate = null)
    {
        var bench = gate is null ? new TlsBench(engine) : new TlsBench(engine) { Gate = gate };
        var (client, accepted) = await bench.ConnectAsync();
        var stream = new HoldingStream(new NetworkStream(client)) { Holds = true };
        var tls = new SslStream(stream);
        var authenticating = tls.AuthenticateAsClientAsync(TlsBench.ClientOptions(), TestContext.Current.CancellationToken);
        await HeldAsync(stream);
        var options = TlsBench.ServerOptions();
        options.EnabledSslProtocols = protocol;
        var accepting = bench.AcceptTlsAsync(accepted, options, timeout);

        await stream.SendAsync(stream.Held);
        await HeldAsync(stream);
        // The server has sent its flight; until it waits for the answer too, it has its place.
        Assert.True(SpinWait.SpinUntil(() => bench.Gate.Running == 0, Patience.Limit));
        return new Owing(bench, client, stream, authenticating, accepted, accepting);
    }

    private static async Task HeldAsync(HoldingStream stream) =>
        Assert.True(await Task.Run(() => SpinWait.SpinUntil(() => stream.Held > 0, Patience.Limit)));

    private static async Task EndsAsync(Owing owing, TlsFailure failure)
    {
        var result = await owing.Accepting.InTimeAsync();

        Assert.Equal((null, failure), (result.Socket, result.Failure));
        await owing.Bench.Transport.RunAsync(owing.Accepted.Dispose);
        Assert.Equal((0, 0), (owing.Bench.HeldBuffers, owing.Bench.Gate.Running));
    }

    private sealed record Owing(TlsBench Bench, Socket Client, HoldingStream Stream, Task Authenticating, SniForward.Transport.ISocket Accepted, Task<TlsResult> Accepting) : IDisposable
    {
        public void Dispose()
        {
            Client.Dispose();
            Bench.Dispose();
        }
    }
}
