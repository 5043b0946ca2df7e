using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using SniForward.Splicing;
using SniForward.Telemetry;
using SniForward.Telemetry.Metrics;
using SniForward.Tests.EndToEnd;
using SniForward.Transport;
using SniForward.Transport.Epoll;
using SniForward.Transport.Sockets;
using SniForward.Transport.Tls;

namespace SniForward.Tests.Transport.Tls;

/// <summary>An engine that terminates TLS, its clients and the plain server behind it, all in this process.</summary>
internal sealed class TlsBench : IDisposable
{
    private readonly ITransport _transport;
    private readonly IAcceptor _acceptor;
    private readonly Socket _server;
    private readonly SemaphoreSlim _pairing = new(1);

    public TlsBench(Engine engine)
    {
        engine.Line();
        _transport = engine == Engine.Epoll ? EpollTransport.Start(1, maxPipes: 4)[0] : new SocketsTransport(TimeProvider.System);
        _acceptor = _transport.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        _server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _server.Listen();
    }

    public ITransport Transport => _transport;

    public HandshakeGate Gate { get; init; } = new(HandshakeGate.DefaultPlaces, 1000);

    public int HeldBuffers => (_transport as EpollTransport)?.HeldBuffers ?? 0;

    public static SslServerAuthenticationOptions ServerOptions(bool rsa = false) => new()
    {
        ServerCertificate = rsa ? TestCertificates.Rsa : TestCertificates.Ecdsa,
    };

    public static SslClientAuthenticationOptions ClientOptions(string name = "ecdsa.test") => new()
    {
        TargetHost = name,
        RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
    };

    public void Dispose()
    {
        _server.Dispose();
        _pairing.Dispose();
        _acceptor.Dispose();
        _transport.Dispose();
    }

    /// <summary>A client's socket, and the engine's other end of it.</summary>
    public async Task<(Socket Client, ISocket Accepted)> ConnectAsync()
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        // One after the other, or they would be mixed up.
        await _pairing.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            await client.ConnectAsync(_acceptor.LocalEndPoint, TestContext.Current.CancellationToken);
            return (client, (await _transport.RunAsync(_acceptor.AcceptAsync)).Socket!);
        }
        finally
        {
            _pairing.Release();
        }
    }

    /// <summary>The engine's socket to the server, and the server's other end of it.</summary>
    public async Task<(ISocket Dialled, Socket Server)> DialAsync()
    {
        await _pairing.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            var dialled = await _transport.RunAsync(() => _transport.ConnectAsync(_server.LocalEndPoint!, Patience.Limit, default));
            return (dialled.Socket!, await _server.AcceptAsync(TestContext.Current.CancellationToken));
        }
        finally
        {
            _pairing.Release();
        }
    }

    /// <summary>The server's side of a handshake, on the engine; with a peek at the first bytes, which leaves them.</summary>
    public Task<TlsResult> AcceptTlsAsync(ISocket accepted, SslServerAuthenticationOptions options, TimeSpan? timeout = null, bool peeks = true) =>
        _transport.RunAsync(async () =>
        {
            if (peeks)
            {
                var peeked = await accepted.Input.ReadAsync();
                accepted.Input.AdvanceTo(peeked.Buffer.Start);
            }
            return await TlsSocket.AcceptAsync(accepted, _transport, Gate, options, timeout ?? Patience.Limit);
        });

    /// <summary>A client that has shaken hands with the engine, and the engine's TLS.</summary>
    public async Task<(SslStream Client, TlsSocket Accepted)> HandshakeAsync(
        SslServerAuthenticationOptions? server = null, SslClientAuthenticationOptions? client = null, Func<Stream, Stream>? wrap = null)
    {
        var (socket, accepted) = await ConnectAsync();
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        var tls = new SslStream(wrap?.Invoke(stream) ?? stream);
        var authenticating = tls.AuthenticateAsClientAsync(client ?? ClientOptions(), TestContext.Current.CancellationToken);
        var result = await AcceptTlsAsync(accepted, server ?? ServerOptions());
        Assert.Equal((TlsFailure.None, null), (result.Failure, result.Reason));
        await authenticating.InTimeAsync();
        return (tls, result.Socket!);
    }

    /// <summary>The same, with the socket that the client's TLS goes over.</summary>
    public async Task<(SslStream Client, Socket Socket, TlsSocket Accepted)> HandshakeOverAsync()
    {
        var socket = default(Socket);
        var (client, accepted) = await HandshakeAsync(wrap: stream =>
        {
            socket = ((NetworkStream)stream).Socket;
            return stream;
        });
        return (client, socket!, accepted);
    }

    /// <summary>A client with TLS, spliced to a server without.</summary>
    public async Task<TlsRelay> RelayAsync(SslProtocols protocol = SslProtocols.None, long bytesPerSecond = 0, Func<Stream, Stream>? wrap = null)
    {
        var options = ClientOptions();
        options.EnabledSslProtocols = protocol;
        var (client, accepted) = await HandshakeAsync(client: options, wrap: wrap);
        var (dialled, server) = await DialAsync();
        var end = await SpliceAsync(accepted, dialled, bytesPerSecond);
        return new TlsRelay(client, server, accepted, end.End, end.Cut);
    }

    /// <summary>Splices two sockets of the engine; both are closed at the end.</summary>
    public async Task<(Task<ConnectionEnd> End, Action Cut)> SpliceAsync(ISocket client, ISocket server, long bytesPerSecond = 0)
    {
        var ended = new TaskCompletionSource<ConnectionEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        var splice = default(Splice);
        await _transport.RunAsync(() =>
        {
            var watch = _transport.Time.CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            splice = new Splice(
                _transport.Time,
                watch,
                (_, end) =>
                {
                    client.Dispose();
                    server.Dispose();
                    ended.TrySetResult(end);
                },
                ended);
            splice.Start(client, server, new SpliceLimits(Patience.Limit, Patience.Limit, bytesPerSecond, bytesPerSecond), 0, new FlowTally());
        });
        return (ended.Task, () => _transport.Post(_ => splice!.Cut(ConnectionEnd.IdleTimeout), null));
    }
}
