using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace SniForward.Transport.Tls;

/// <summary>
/// A socket as <see cref="SslStream"/> wants it. While it shakes hands it reads from <see cref="HandshakeInput"/>; from
/// <see cref="EndHandshake"/> on it is used on the engine, and everything happens there. What it writes is only kept, so that
/// it never waits for that, until <see cref="SendKeptAsync"/> sends it.
/// </summary>
/// <remarks>
/// SslStream's own waits for a write would leave a thread that has a <see cref="SynchronizationContext"/>; those for a read
/// go on wherever the read completes.
/// </remarks>
internal sealed class SocketStream(ISocket socket) : Stream
{
    // A lock that is left on another thread than it was entered on.
    private readonly SemaphoreSlim _computing = new(1);
    private HandshakeInput? _handshake;
    private byte[]? _kept;
    private int _keptLength;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>From now on SslStream shakes hands.</summary>
    public void BeginHandshake(HandshakeInput handshake)
    {
        _handshake = handshake;
        handshake.TakePeeked(socket);
    }

    /// <summary>From now on this is used on the engine.</summary>
    public void EndHandshake()
    {
        _handshake?.End();
        _handshake = null;
    }

    /// <summary>
    /// Puts a fatal alert in the place of what is kept, which is a server's last flight of TLS 1.2: until the client has that,
    /// it takes an alert in the clear. SslStream on Linux sends none for a certificate before .NET 11.
    /// </summary>
    /// <param name="alert">Its description (RFC 5246 §7.2.2).</param>
    public void Refuse(byte alert)
    {
        _keptLength = 0;
        // A record of type 21, version 3.3 and length 2; fatal is level 2.
        Write([21, 3, 3, 0, 2, 2, alert]);
    }

    /// <summary>Before SslStream is asked to read or to shut down. A read that waits for the peer lets others in meanwhile.</summary>
    public void Enter() => _computing.Wait();

    /// <summary>After that.</summary>
    public void Leave() => _computing.Release();

    /// <summary>
    /// Sends what was written; on the engine, one call at a time. Cancelled, it aborts the socket: nothing less ends a send.
    /// </summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public async ValueTask<SocketError> SendKeptAsync(CancellationToken cancel = default)
    {
        if (_kept is not { } kept) return SocketError.Success;
        var bytes = new ReadOnlySequence<byte>(kept, 0, _keptLength);
        (_kept, _keptLength) = (null, 0);
        var sending = socket.SendAsync(bytes);
        SocketError error;
        using (sending.IsCompleted ? default : cancel.UnsafeRegister(static socket => ((ISocket)socket!).Abort(), socket))
        {
            error = await sending.ConfigureAwait(false);
        }
        ArrayPool<byte>.Shared.Return(kept);
        return error;
    }

    /// <summary>Sends what was written, and then receives; as <see cref="ReadAsync(Memory{byte}, CancellationToken)"/>, on the engine.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public async ValueTask<int> SendAndReceiveAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        var error = await SendKeptAsync(cancel).ConfigureAwait(false);
        if (error != SocketError.Success) throw new IOException("The peer is gone.", new SocketException((int)error));
        cancel.ThrowIfCancellationRequested();
        return await ReceiveAsync(buffer, cancel).ConfigureAwait(false);
    }

    /// <summary>A read of no bytes waits until there are some, and leaves them.</summary>
    /// <exception cref="EndOfStreamException">
    /// The peer ended its side. It had not said so in TLS (close_notify): after that SslStream reads no more.
    /// </exception>
    /// <exception cref="IOException">The socket was reset, has failed, or was aborted on this side.</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _handshake is null ? ReceiveAsync(buffer, cancellationToken) : _handshake.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return default;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        var length = _keptLength + buffer.Length;
        if (_kept is null || _kept.Length < length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(length);
            if (_kept is not null)
            {
                _kept.AsSpan(0, _keptLength).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_kept);
            }
            _kept = larger;
        }
        buffer.CopyTo(_kept.AsSpan(_keptLength));
        _keptLength = length;
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        var input = socket.Input;
        var reading = input.ReadAsync(CancellationToken.None);
        var read = reading.IsCompleted ? await reading.ConfigureAwait(false) : await WaitAsync(input, reading, cancel).ConfigureAwait(false);
        var length = read.IsCanceled ? 0 : (int)Math.Min(read.Buffer.Length, buffer.Length);
        read.Buffer.Slice(0, length).CopyTo(buffer.Span);
        input.AdvanceTo(read.Buffer.GetPosition(length));

        if (read.IsCanceled) throw new OperationCanceledException(cancel);
        if (read.Buffer.IsEmpty && read.IsCompleted) throw new EndOfStreamException("The peer ended its side without close_notify.");
        return length;
    }

    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<ReadResult> WaitAsync(PipeReader input, ValueTask<ReadResult> reading, CancellationToken cancel)
    {
        var isEntered = _handshake is null;
        if (isEntered) Leave();
        try
        {
            using var registration = cancel.UnsafeRegister(static input => ((PipeReader)input!).CancelPendingRead(), input);
            return await reading.ConfigureAwait(false);
        }
        finally
        {
            if (isEntered) Enter();
        }
    }
}
