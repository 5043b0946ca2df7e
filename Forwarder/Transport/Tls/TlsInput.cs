using System.Net.Security;
using System.Runtime.CompilerServices;

namespace SniForward.Transport.Tls;

/// <summary>
/// The decrypted bytes of a connection. While SslStream computes for a read, nobody may end the other direction: of all that
/// may run at the same time, <see cref="SslStream.ShutdownAsync"/> alone takes no lock before it calls OpenSSL.
/// </summary>
internal sealed class TlsInput(SslStream tls, SocketStream stream) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="IOException">As <see cref="SocketStream.ReadAsync(Memory{byte}, CancellationToken)"/>, or what came was not TLS.</exception>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        stream.Enter();
        try
        {
            return await tls.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            stream.Leave();
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
