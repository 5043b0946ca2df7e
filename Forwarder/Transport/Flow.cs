namespace SniForward.Transport;

/// <summary>What moved in one direction so far: written by the one who moves it, read by anyone.</summary>
internal sealed class Flow
{
    private long _bytes;
    private long _lastMoved;

    /// <summary>Bytes that the sink has taken.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>When the last of them moved, as the engine's <see cref="TimeProvider.GetTimestamp"/>; 0: none has.</summary>
    public long LastMoved => Volatile.Read(ref _lastMoved);

    /// <summary>Counts <paramref name="bytes"/> that moved at <paramref name="timestamp"/>.</summary>
    public void Add(long bytes, long timestamp)
    {
        Volatile.Write(ref _bytes, _bytes + bytes);
        Volatile.Write(ref _lastMoved, timestamp);
    }
}
