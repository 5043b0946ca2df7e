namespace SniForward;

/// <summary>The one timer of a connection, set anew for each stage. A field that is not read-only: it keeps the deadline.</summary>
/// <param name="time">The engine's.</param>
/// <param name="timer">One of <paramref name="time"/>'s.</param>
internal struct StageTimer(TimeProvider time, ITimer timer)
{
    private long _deadline;

    /// <summary>The timer itself, for a stage that sets it as it likes.</summary>
    public readonly ITimer Timer => timer;

    /// <summary>Sets when the stage has taken long enough. A time that is past is now.</summary>
    public void Set(TimeSpan due)
    {
        if (due < TimeSpan.Zero) due = TimeSpan.Zero;
        _deadline = time.GetTimestamp() + (long)(due.TotalSeconds * time.TimestampFrequency);
        timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    public readonly void Stop() => timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Whether it fired for a stage that is over, or was rounded down: then it is set for the rest.</summary>
    public readonly bool IsEarly()
    {
        var early = _deadline - time.GetTimestamp();
        if (early <= 0) return false;
        timer.Change(TimeSpan.FromSeconds((double)early / time.TimestampFrequency), Timeout.InfiniteTimeSpan);
        return true;
    }
}
