namespace SniForward.Tests.Transport.Tls;

/// <summary>A stream that keeps what is written, while it is to, and sends of it what it is told to.</summary>
internal sealed class HoldingStream(Stream stream) : Stream
{
    private readonly List<byte> _held = [];

    /// <summary>Whether what is written from now on is kept.</summary>
    public bool Holds { get; set; }

    /// <summary>How many bytes it keeps.</summary>
    public int Held => _held.Count;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Sends the first of the bytes that it keeps.</summary>
    public async Task SendAsync(int count)
    {
        await stream.WriteAsync(_held[..count].ToArray());
        _held.RemoveRange(0, count);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Holds) _held.AddRange(buffer.Span);
        else await stream.WriteAsync(buffer, cancellationToken);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        stream.ReadAsync(buffer, cancellationToken);

    public override void Flush() => stream.Flush();

    public override int Read(byte[] buffer, int offset, int count) => stream.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
