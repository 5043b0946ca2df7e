namespace SniForward.Tests.Telemetry.Access;

/// <summary>A file on a disk that has room for so many bytes, and takes a part of what is more.</summary>
internal sealed class TestDisk(int room) : MemoryStream
{
    public int Room { get; set; } = room;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        var fits = (int)Math.Min(buffer.Length, Room - Length);
        base.Write(buffer[..fits]);
        if (fits < buffer.Length) throw new IOException("No space left on device");
    }
}
