namespace SniForward.Telemetry;

/// <summary>The last connections of one engine that were refused. Its lock is the engine's alone but for somebody who looks.</summary>
internal sealed class RecentRefusals
{
    /// <summary>How many are remembered.</summary>
    public const int Length = 64;

    private readonly Refused[] _ring = new Refused[Length];
    private readonly Lock _lock = new();
    private long _count;

    /// <summary>Remembers one, in the place of the oldest.</summary>
    public void Add(in Refused refused)
    {
        lock (_lock) _ring[_count++ % Length] = refused;
    }

    /// <summary>Those that are remembered, in no order.</summary>
    public Refused[] Read()
    {
        lock (_lock) return _ring[..(int)Math.Min(_count, Length)];
    }
}
