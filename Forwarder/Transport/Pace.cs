namespace SniForward.Transport;

/// <summary>
/// A token bucket (RFC 2215 §3.6): it fills at the rate, up to its capacity, and who lets a byte pass takes a token. So
/// over any span of time no more passes than the rate times that span, and once the capacity. Not for several threads.
/// </summary>
/// <param name="ticksPerSecond">Of the clock that every <c>now</c> is read from, <see cref="TimeProvider.TimestampFrequency"/>.</param>
internal sealed class Pace(long ticksPerSecond)
{
    /// <summary>What is worth waiting for, in bytes: with less, each would have its own system call.</summary>
    private const int Portion = 16 * 1024;

    private const int LeastCapacity = 2 * 1024;

    private long _rate;
    private long _at;

    // Both in bytes times ticks per second, so that nothing is ever rounded away.
    private Int128 _full;
    private Int128 _level;

    /// <summary>The most that passes at once, in bytes: an eighth of a second's worth, but not less than 2 KiB or a second's.</summary>
    public long Capacity { get; private set; }

    /// <summary>One that has begun, by the clock <paramref name="time"/>; null if <paramref name="bytesPerSecond"/> is 0: there is no limit.</summary>
    public static Pace? StartNew(long bytesPerSecond, TimeProvider time)
    {
        if (bytesPerSecond == 0) return null;
        var pace = new Pace(time.TimestampFrequency);
        pace.Start(bytesPerSecond, time.GetTimestamp());
        return pace;
    }

    /// <summary>Begins anew, with a full bucket.</summary>
    /// <param name="bytesPerSecond">From 1 up.</param>
    /// <param name="now">The clock's timestamp.</param>
    public void Start(long bytesPerSecond, long now)
    {
        (_rate, _at) = (bytesPerSecond, now);
        Capacity = Math.Max(bytesPerSecond / 8, Math.Min(bytesPerSecond, LeastCapacity));
        _level = _full = (Int128)Capacity * ticksPerSecond;
    }

    /// <summary>How many bytes may pass at <paramref name="now"/>.</summary>
    public int Allowance(long now)
    {
        Fill(now);
        return (int)Int128.Min(int.MaxValue, _level / ticksPerSecond);
    }

    /// <summary><paramref name="bytes"/> pass, no more than the last <see cref="Allowance"/>.</summary>
    public void Take(int bytes) => _level -= (Int128)bytes * ticksPerSecond;

    /// <summary>How long it is, if nothing passes, until 16 KiB or, if that is less, the capacity may; rounded up.</summary>
    public TimeSpan UntilAllowed(long now)
    {
        Fill(now);
        var missing = Int128.Min(_full, (Int128)Portion * ticksPerSecond) - _level;
        if (missing <= 0) return TimeSpan.Zero;
        var tokens = (Int128)_rate * ticksPerSecond;
        return TimeSpan.FromTicks((long)((missing * TimeSpan.TicksPerSecond + tokens - 1) / tokens));
    }

    private void Fill(long now)
    {
        if (now <= _at) return;
        _level = Int128.Min(_full, _level + (Int128)_rate * (now - _at));
        _at = now;
    }
}
