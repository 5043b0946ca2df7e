using System.Net.Security;
using System.Runtime.CompilerServices;

namespace SniForward.Transport.Tls;

/// <summary>
/// The decrypted bytes of a connection. While SslStream computes for a read, nobody may end the other direction: of all that
/// may run at the same time, <see cref="SslStream.ShutdownAsync"/> alone takes no lock before it calls OpenSSL.
/// </summary>
internal sealed class TlsInput(SslStream tls, SocketStream stream) : Stream
{
    private ValueTask<int> _wait;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>
    /// Whether a read takes all records that have come, for which it has room, and not one alone. A wait for more then goes on
    /// after it, and no read is cancelled.
    /// </summary>
    public bool TakesAll { get; set; }

    /// <summary>Whether a wait goes on after the last read: nothing but what comes, the peer's end or an abort ends it.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>A read of no bytes waits until there are some.</summary>
    /// <exception cref="IOException">As <see cref="SocketStream.ReadAsync(Memory{byte}, CancellationToken)"/>, or what came was not TLS.</exception>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (IsWaiting)
        {
            IsWaiting = false;
            await _wait.ConfigureAwait(false);
            if (buffer.IsEmpty) return 0;
        }

        var length = await ReadOnceAsync(buffer, cancellationToken).ConfigureAwait(false);
        while (TakesAll && length > 0 && length < buffer.Length)
        {
            if (GoesOn(ReadOnceAsync(Memory<byte>.Empty, CancellationToken.None))) break;
            await _wait.ConfigureAwait(false);
            var more = await ReadOnceAsync(buffer[length..], CancellationToken.None).ConfigureAwait(false);
            if (more == 0) break;
            length += more;
        }
        return length;
    }

    /// <summary>Ends with the wait that goes on, when the socket was aborted.</summary>
    public async ValueTask EndWaitAsync()
    {
        IsWaiting = false;
        try
        {
            await _wait.ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It was to be ended.
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    /// <summary>Keeps a wait; whether it is for the next read, which tells what it failed with, too.</summary>
    private bool GoesOn(ValueTask<int> wait)
    {
        _wait = wait;
        return IsWaiting = !wait.IsCompletedSuccessfully;
    }

    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        stream.Enter();
        try
        {
            return await tls.ReadAsync(buffer, cancel).ConfigureAwait(false);
        }
        finally
        {
            stream.Leave();
        }
    }
}
