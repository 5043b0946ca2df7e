using System.Net.Sockets;

namespace SniForward.Transport.Sockets;

/// <summary>
/// A socket's bytes as a stream on which a read of no bytes waits until there is something to read, or the end.
/// <see cref="NetworkStream"/> may end that wait early, and its reader then holds a buffer for nothing.
/// </summary>
internal sealed class SocketInput(Socket socket) : Stream
{
    // Nobody looks at what lands here.
    private static readonly byte[] OneByte = new byte[1];

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Waits until <paramref name="socket"/> has something to read; 0: it has come to its end.</summary>
    /// <exception cref="SocketException">It was reset, or failed.</exception>
    /// <exception cref="ObjectDisposedException">It was aborted on this side.</exception>
    public static ValueTask<int> ReadableAsync(Socket socket, CancellationToken cancellationToken = default) =>
        socket.ReceiveAsync(OneByte, SocketFlags.Peek, cancellationToken);

    /// <exception cref="IOException">The socket was reset, has failed, or was aborted on this side.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            if (!buffer.IsEmpty) return await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            await ReadableAsync(socket, cancellationToken).ConfigureAwait(false);
            return 0;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException(e.Message, e);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Flush()
    {
    }
}
