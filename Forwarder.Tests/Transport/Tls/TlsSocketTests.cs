using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using SniForward.Telemetry;
using SniForward.Tests.EndToEnd;
using SniForward.Transport;
using SniForward.Transport.Tls;

namespace SniForward.Tests.Transport.Tls;

public sealed class TlsSocketTests
{
    public static MatrixTheoryData<Engine, bool, SslProtocols> Kinds => new(Enum.GetValues<Engine>(), [true, false], [SslProtocols.Tls12, SslProtocols.Tls13]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_handshake_follows_a_peeked_ClientHello(Engine engine, bool rsa, SslProtocols protocol)
    {
        using var bench = new TlsBench(engine);
        var options = TlsBench.ServerOptions(rsa);
        options.ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
        var clientOptions = TlsBench.ClientOptions("name.test");
        clientOptions.ApplicationProtocols = [SslApplicationProtocol.Http11];
        clientOptions.EnabledSslProtocols = protocol;

        var (client, accepted) = await bench.HandshakeAsync(options, clientOptions);

        Assert.Equal(protocol, accepted.Protocol);
        Assert.Equal("name.test", accepted.TargetHostName);
        Assert.Equal(SslApplicationProtocol.Http11, accepted.ApplicationProtocol);
        Assert.Equal(SslApplicationProtocol.Http11, client.NegotiatedApplicationProtocol);
        Assert.Null(accepted.RemoteCertificate);
        Assert.Equal(options.ServerCertificate!.GetCertHashString(), client.RemoteCertificate!.GetCertHashString());
        await bench.Transport.RunAsync(accepted.Dispose);
        Assert.Equal(0, await client.ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask().InTimeAsync());
        Assert.Equal(0, bench.HeldBuffers);
        await client.DisposeAsync();
    }

    [Theory]
    [InlineData(Engine.Epoll)]
    [InlineData(Engine.Sockets)]
    public async Task A_ClientHello_may_come_byte_by_byte(Engine engine)
    {
        using var bench = new TlsBench(engine);

        var (client, accepted) = await bench.HandshakeAsync(wrap: stream => new SplittingStream((NetworkStream)stream, 16_384, 1));

        await bench.Transport.RunAsync(accepted.Dispose);
        await client.DisposeAsync();
    }

    [Theory]
    [InlineData(Engine.Epoll)]
    [InlineData(Engine.Sockets)]
    public async Task Without_time_there_is_no_handshake(Engine engine)
    {
        using var bench = new TlsBench(engine);
        var (socket, accepted) = await bench.ConnectAsync();

        var result = await bench.Transport.RunAsync(() => TlsSocket.AcceptAsync(accepted, bench.Transport, bench.Gate, TlsBench.ServerOptions(), TimeSpan.FromMilliseconds(-20)));

        Assert.Equal(new TlsResult(null, TlsFailure.TimedOut), result);
        await bench.Transport.RunAsync(accepted.Dispose);
        socket.Dispose();
    }

    [Theory]
    [InlineData(Engine.Epoll, SslProtocols.Tls12)]
    [InlineData(Engine.Epoll, SslProtocols.Tls13)]
    [InlineData(Engine.Sockets, SslProtocols.Tls13)]
    public async Task A_client_gives_the_certificate_that_it_is_asked_for(Engine engine, SslProtocols protocol)
    {
        using var bench = new TlsBench(engine);
        var options = TlsBench.ServerOptions();
        options.ClientCertificateRequired = true;
        options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        var clientOptions = TlsBench.ClientOptions();
        clientOptions.EnabledSslProtocols = protocol;
        clientOptions.ClientCertificates = [TestCertificates.Rsa];

        var (client, accepted) = await bench.HandshakeAsync(options, clientOptions);

        Assert.Equal(TestCertificates.Rsa.GetCertHashString(), accepted.RemoteCertificate!.GetCertHashString());
        await bench.Transport.RunAsync(accepted.Dispose);
        await client.DisposeAsync();
    }

    [Theory]
    [InlineData(Engine.Epoll, SslProtocols.Tls12)]
    [InlineData(Engine.Epoll, SslProtocols.Tls13)]
    [InlineData(Engine.Sockets, SslProtocols.Tls13)]
    public async Task A_client_whose_certificate_is_refused_is_not_served(Engine engine, SslProtocols protocol)
    {
        using var bench = new TlsBench(engine);
        var options = TlsBench.ServerOptions();
        options.ClientCertificateRequired = true;
        options.RemoteCertificateValidationCallback = (_, _, _, _) => false;
        var clientOptions = TlsBench.ClientOptions();
        clientOptions.EnabledSslProtocols = protocol;
        var (socket, accepted) = await bench.ConnectAsync();
        await using var client = new SslStream(new NetworkStream(socket, ownsSocket: true));
        var authenticating = client.AuthenticateAsClientAsync(clientOptions, TestContext.Current.CancellationToken);

        var result = await bench.AcceptTlsAsync(accepted, options);

        Assert.Equal(TlsFailure.Failed, result.Failure);
        Assert.NotEmpty(result.Reason!);
        await bench.Transport.RunAsync(accepted.Dispose);
        // With TLS 1.3 the client has done its part by then, and hears of it when it reads.
        var failure = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await authenticating.InTimeAsync();
            await client.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken).AsTask().InTimeAsync();
        });
        // Which alert it is told, if any, is said with the refusal (TlsClientTests).
        Assert.IsType<EndOfStreamException>(failure);
    }

    [Theory]
    [InlineData(Engine.Epoll)]
    [InlineData(Engine.Sockets)]
    public async Task What_is_no_TLS_is_a_failure(Engine engine)
    {
        using var bench = new TlsBench(engine);
        var (client, accepted) = await bench.ConnectAsync();
        client.Send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"u8);

        var result = await bench.AcceptTlsAsync(accepted, TlsBench.ServerOptions());

        Assert.Equal(TlsFailure.Failed, result.Failure);
        Assert.NotEmpty(result.Reason!);
        await bench.Transport.RunAsync(accepted.Dispose);
        Assert.Equal(0, bench.HeldBuffers);
        client.Dispose();
    }

    [Theory]
    [InlineData(Engine.Epoll, true)]
    [InlineData(Engine.Epoll, false)]
    [InlineData(Engine.Sockets, true)]
    [InlineData(Engine.Sockets, false)]
    public async Task A_client_that_dies_in_the_handshake_is_a_failure(Engine engine, bool resets)
    {
        using var bench = new TlsBench(engine);
        var (client, accepted) = await bench.ConnectAsync();
        client.Send([22, 3, 1, 2, 0, 1]);
        var accepting = bench.AcceptTlsAsync(accepted, TlsBench.ServerOptions());

        if (resets) client.LingerState = new LingerOption(true, 0);
        client.Dispose();

        Assert.Equal(new TlsResult(null, TlsFailure.PeerEnded), await accepting);
        await bench.Transport.RunAsync(accepted.Dispose);
        Assert.Equal((0, 0), (bench.HeldBuffers, bench.Gate.Running));
    }

    [Theory]
    [InlineData(Engine.Epoll, true)]
    [InlineData(Engine.Epoll, false)]
    [InlineData(Engine.Sockets, true)]
    [InlineData(Engine.Sockets, false)]
    public async Task A_silent_client_is_timed_out(Engine engine, bool sendsSome)
    {
        using var bench = new TlsBench(engine);
        var (client, accepted) = await bench.ConnectAsync();
        if (sendsSome) client.Send([22, 3, 1, 2, 0, 1]);

        var result = await bench.AcceptTlsAsync(accepted, TlsBench.ServerOptions(), TimeSpan.FromMilliseconds(50), peeks: sendsSome);

        Assert.Equal(new TlsResult(null, TlsFailure.TimedOut), result);
        await bench.Transport.RunAsync(accepted.Dispose);
        Assert.Equal((0, 0), (bench.HeldBuffers, bench.Gate.Running));
        client.Dispose();
    }

    [Theory]
    [InlineData(Engine.Epoll)]
    [InlineData(Engine.Sockets)]
    public async Task An_abort_ends_the_handshake(Engine engine)
    {
        using var bench = new TlsBench(engine);
        var (client, accepted) = await bench.ConnectAsync();
        var accepting = bench.AcceptTlsAsync(accepted, TlsBench.ServerOptions(), peeks: false);

        await bench.Transport.RunAsync(accepted.Abort);

        Assert.Equal(new TlsResult(null, TlsFailure.Aborted), await accepting);
        await bench.Transport.RunAsync(accepted.Dispose);
        client.Dispose();
    }

    [Theory]
    [InlineData(Engine.Epoll)]
    [InlineData(Engine.Sockets)]
    public async Task Silent_clients_keep_nobody_out(Engine engine)
    {
        using var bench = new TlsBench(engine) { Gate = new HandshakeGate(places: 1, line: 5) };
        var silent = new List<(Socket Client, ISocket Accepted)>();
        for (var i = 0; i < 5; i++)
        {
            var pair = await bench.ConnectAsync();
            silent.Add(pair);
            _ = bench.AcceptTlsAsync(pair.Accepted, TlsBench.ServerOptions(), peeks: false);
        }

        var (client, accepted) = await bench.HandshakeAsync();

        await bench.Transport.RunAsync(accepted.Dispose);
        await client.DisposeAsync();
        foreach (var pair in silent) pair.Client.Dispose();
    }

    [Theory]
    [InlineData(Engine.Epoll)]
    [InlineData(Engine.Sockets)]
    public async Task A_full_gate_refuses(Engine engine)
    {
        using var bench = new TlsBench(engine) { Gate = new HandshakeGate(1, 0) };
        Assert.True(bench.Gate.TryEnter(out _, CancellationToken.None));
        var (client, accepted) = await bench.ConnectAsync();

        var result = await bench.AcceptTlsAsync(accepted, TlsBench.ServerOptions(), peeks: false);

        Assert.Equal(new TlsResult(null, TlsFailure.Refused), result);
        await bench.Transport.RunAsync(accepted.Dispose);
        client.Dispose();
    }

    [Theory]
    [InlineData(Engine.Epoll)]
    [InlineData(Engine.Sockets)]
    public async Task What_is_no_TLS_after_the_handshake_is_an_IOException_and_a_send_then_throws_nothing(Engine engine)
    {
        using var bench = new TlsBench(engine);
        var (client, socket, accepted) = await bench.HandshakeOverAsync();
        socket.Send([23, 3, 3, 0, 20, .. new byte[20]]);

        await Assert.ThrowsAsync<IOException>(() => bench.Transport.RunAsync(() => accepted.Input.ReadAsync()));

        await bench.Transport.RunAsync(() => accepted.SendAsync(new ReadOnlySequence<byte>(new byte[10])));
        await bench.Transport.RunAsync(accepted.ShutdownSend);
        await bench.Transport.RunAsync(accepted.Dispose);
        Assert.Equal(0, bench.HeldBuffers);
        await client.DisposeAsync();
    }

    [Theory]
    [InlineData(Engine.Epoll)]
    [InlineData(Engine.Sockets)]
    public async Task A_wait_for_bytes_can_be_cancelled_and_taken_up_again(Engine engine)
    {
        using var bench = new TlsBench(engine);
        var (client, accepted) = await bench.HandshakeAsync();
        var reading = Task.FromResult(default(ReadResult));
        await bench.Transport.RunAsync(() => reading = accepted.Input.ReadAsync().AsTask());
        Assert.False(reading.IsCompleted);

        await bench.Transport.RunAsync(accepted.Input.CancelPendingRead);
        Assert.True((await reading.InTimeAsync()).IsCanceled);
        await client.WriteAsync("x"u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.Equal(1, (await bench.Transport.RunAsync(() => accepted.Input.ReadAsync())).Buffer.Length);
        await bench.Transport.RunAsync(accepted.Dispose);
        Assert.Equal(0, bench.HeldBuffers);
        await client.DisposeAsync();
    }

    [Theory]
    [InlineData(Engine.Epoll)]
    [InlineData(Engine.Sockets)]
    public async Task TLS_on_both_sides_echoes(Engine engine)
    {
        using var bench = new TlsBench(engine);
        var (client, accepted) = await bench.HandshakeAsync();
        var (dialled, server) = await bench.DialAsync();
        await using var serverTls = new SslStream(new NetworkStream(server, ownsSocket: true));
        var serving = serverTls.AuthenticateAsServerAsync(TlsBench.ServerOptions(rsa: true), TestContext.Current.CancellationToken);
        var connected = await bench.Transport.RunAsync(() =>
            TlsSocket.ConnectAsync(dialled, bench.Transport, bench.Gate, TlsBench.ClientOptions("server.test"), Patience.Limit));
        await serving.InTimeAsync();
        Assert.Equal(TlsFailure.None, connected.Failure);
        Assert.Equal("server.test", serverTls.TargetHostName);
        Assert.Equal(TestCertificates.Rsa.GetCertHashString(), connected.Socket!.RemoteCertificate!.GetCertHashString());
        var (end, _) = await bench.SpliceAsync(accepted, connected.Socket);
        var echoing = serverTls.CopyToAsync(serverTls, TestContext.Current.CancellationToken);

        var sent = RandomNumberGenerator.GetBytes(3_000_000);
        var sending = client.WriteAsync(sent, TestContext.Current.CancellationToken).AsTask();
        var received = new byte[sent.Length];
        await client.ReadExactlyAsync(received, TestContext.Current.CancellationToken).AsTask().InTimeAsync();
        await sending.InTimeAsync();
        Assert.Equal(SHA256.HashData(sent), SHA256.HashData(received));
        await client.ShutdownAsync();
        await echoing.InTimeAsync();
        await serverTls.ShutdownAsync();

        Assert.Equal(0, await client.ReadAsync(received, TestContext.Current.CancellationToken).AsTask().InTimeAsync());
        Assert.Equal(ConnectionEnd.Completed, await end.InTimeAsync());
        Assert.Equal(0, bench.HeldBuffers);
        await client.DisposeAsync();
    }
}
