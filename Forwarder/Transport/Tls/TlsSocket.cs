using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace SniForward.Transport.Tls;

/// <summary>
/// TLS over a socket, which belongs to this one. What is sent is encrypted and what is received is decrypted, on the
/// engine. The peer's end is its close_notify (RFC 8446 §6.1); a connection that ends without has been cut off, by whomever,
/// and reading it throws <see cref="IOException"/> as if it had been reset.
/// </summary>
internal sealed class TlsSocket(ISocket socket, SslStream tls, SocketStream stream, TimeProvider time) : ISocket
{
    /// <summary>How much is encrypted before it is sent, and decrypted before it is passed on, in bytes: two records (RFC 8446 §5.1).</summary>
    private const int Portion = 32 * 1024;

    private static readonly StreamPipeReaderOptions InputOptions =
        new(bufferSize: Portion, minimumReadSize: 1, leaveOpen: true, useZeroByteReads: true);

    private readonly TlsInput _decrypted = new(tls, stream);
    private PipeReader? _input;
    private CancellationTokenSource? _pausing;
    private volatile bool _isAborted;
    private bool _hasEnded;

    public EndPoint RemoteEndPoint => socket.RemoteEndPoint;

    public int CopyRemoteAddress(Span<byte> address, out int port) => socket.CopyRemoteAddress(address, out port);

    public EndPoint? LocalEndPoint => socket.LocalEndPoint;

    public PipeReader Input => _input ??= PipeReader.Create(_decrypted, InputOptions);

    /// <summary>What ALPN (RFC 7301) chose; empty if nothing.</summary>
    public SslApplicationProtocol ApplicationProtocol => tls.NegotiatedApplicationProtocol;

    public SslProtocols Protocol => tls.SslProtocol;

    /// <summary>The name that the client asked for; empty if none.</summary>
    public string TargetHostName => tls.TargetHostName;

    /// <summary>The peer's, if it gave one. It is disposed of with this.</summary>
    public X509Certificate? RemoteCertificate => tls.RemoteCertificate;

    /// <summary>
    /// Shakes hands as the server. What <paramref name="client"/> has in its <see cref="ISocket.Input"/> is read first: a
    /// ClientHello that was peeked. Called on the client's engine, and completes there. Never throws. On a failure the alert
    /// was sent, and the client is the caller's to close.
    /// </summary>
    /// <param name="client">With no read and no send pending, until this has completed.</param>
    /// <param name="transport">The client's engine.</param>
    /// <param name="gate">That of the process.</param>
    /// <param name="options">Renegotiation is switched off in them.</param>
    /// <param name="timeout">For all of it.</param>
    public static ValueTask<TlsResult> AcceptAsync(
        ISocket client, ITransport transport, HandshakeGate gate, SslServerAuthenticationOptions options, TimeSpan timeout)
    {
        options.AllowRenegotiation = false;
        return TlsHandshake.RunAsync(client, transport, gate, (tls, cancel) => tls.AuthenticateAsServerAsync(options, cancel), timeout);
    }

    /// <summary>Shakes hands as the client; else like <see cref="AcceptAsync"/>.</summary>
    /// <inheritdoc cref="AcceptAsync"/>
    public static ValueTask<TlsResult> ConnectAsync(
        ISocket server, ITransport transport, HandshakeGate gate, SslClientAuthenticationOptions options, TimeSpan timeout)
    {
        options.AllowRenegotiation = false;
        return TlsHandshake.RunAsync(server, transport, gate, (tls, cancel) => tls.AuthenticateAsClientAsync(options, cancel), timeout);
    }

    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public async ValueTask<SocketError> SendAsync(ReadOnlySequence<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var portion = bytes.First.Length > Portion ? bytes.First[..Portion] : bytes.First;
            try
            {
                // Complete at once, since the stream keeps what it is given.
                await tls.WriteAsync(portion).ConfigureAwait(false);
            }
            // SslStream and OpenSSL have many ways to say that the connection is broken.
            catch (Exception)
            {
                return _isAborted ? SocketError.OperationAborted : SocketError.ConnectionAborted;
            }
            var error = await stream.SendKeptAsync().ConfigureAwait(false);
            if (error != SocketError.Success) return error;
            bytes = bytes.Slice(portion.Length);
        }
        return SocketError.Success;
    }

    public void Move(ISocket sink, IMoveObserver observer, long bytesPerSecond, long most)
    {
        if (bytesPerSecond > 0) Volatile.Write(ref _pausing, new CancellationTokenSource());
        _decrypted.TakesAll = most == long.MaxValue;
        _ = StartAsync(sink, observer, bytesPerSecond, most, _pausing?.Token ?? CancellationToken.None);
    }

    /// <summary>Tells the peer that nothing more will be sent (close_notify), once; with no send pending.</summary>
    public ValueTask<SocketError> SendEndAsync()
    {
        if (_hasEnded || _isAborted) return new ValueTask<SocketError>(SocketError.Success);
        _hasEnded = true;
        stream.Enter();
        try
        {
            // Complete at once, like a write.
            tls.ShutdownAsync().GetAwaiter().GetResult();
        }
        catch (Exception)
        {
            return new ValueTask<SocketError>(SocketError.ConnectionAborted);
        }
        finally
        {
            stream.Leave();
        }
        return stream.SendKeptAsync();
    }

    public void StartWatch(Action gone, bool endCounts) => socket.StartWatch(gone, endCounts);

    public void EndWatch() => socket.EndWatch();

    public void ShutdownSend() => _ = EndAndShutdownSendAsync();

    public void Abort()
    {
        _isAborted = true;
        socket.Abort();
        Volatile.Read(ref _pausing)?.Cancel();
    }

    public void Dispose()
    {
        // As much as can be said without waiting: a peer that takes nothing more will not take this either.
        _ = Forget(SendEndAsync());
        _input?.Complete();
        tls.Dispose();
        socket.Dispose();
    }

    private async Detached StartAsync(ISocket sink, IMoveObserver observer, long bytesPerSecond, long most, CancellationToken pausing)
    {
        var end = await Pump.MoveAsync(this, sink, observer, bytesPerSecond, most, time, pausing).ConfigureAwait(false);
        if (_decrypted.IsWaiting)
        {
            // It is cut off, and nothing may be pending when that is told.
            Abort();
            await _decrypted.EndWaitAsync().ConfigureAwait(false);
        }
        observer.Ended(this, end);
    }

    private async Detached EndAndShutdownSendAsync()
    {
        if (await SendEndAsync().ConfigureAwait(false) == SocketError.Success) socket.ShutdownSend();
    }

    private static async Detached Forget(ValueTask<SocketError> sending) => await sending.ConfigureAwait(false);
}
