using System.Net.Sockets;

namespace SniForward.Tests.EndToEnd;

/// <summary>A client's stream that sends its first TLS record again as many small ones, a few bytes a segment.</summary>
internal sealed class SplittingStream(NetworkStream stream, int fragmentSize, int segmentSize) : Stream
{
    private const int RecordHeader = 5;

    private bool _first = true;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_first)
        {
            await stream.WriteAsync(buffer, cancellationToken);
            return;
        }

        _first = false;
        var split = Split(buffer.ToArray());
        for (var at = 0; at < split.Length; at += segmentSize)
            await stream.WriteAsync(split.AsMemory(at, Math.Min(segmentSize, split.Length - at)), cancellationToken);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        stream.ReadAsync(buffer, cancellationToken);

    public override void Flush() => stream.Flush();

    public override int Read(byte[] buffer, int offset, int count) => stream.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>The record's fragment in records of the size wanted; they are no part of what the handshake signs.</summary>
    private byte[] Split(byte[] record)
    {
        Assert.Equal(0x16, record[0]);
        return [.. record[RecordHeader..].Chunk(fragmentSize).SelectMany(
            fragment => (byte[])[record[0], record[1], record[2], (byte)(fragment.Length >> 8), (byte)fragment.Length, .. fragment])];
    }
}
