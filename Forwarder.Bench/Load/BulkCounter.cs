namespace SniForward.Bench.Load;

/// <summary>Bytes received by several threads.</summary>
internal sealed class BulkCounter
{
    private long _bytes;

    public long Bytes => Interlocked.Read(ref _bytes);

    public void Add(int bytes) => Interlocked.Add(ref _bytes, bytes);
}
