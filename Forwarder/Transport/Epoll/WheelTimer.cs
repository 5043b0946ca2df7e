namespace SniForward.Transport.Epoll;

/// <summary>A timer of one reactor, which calls back on its thread; only that thread may use it.</summary>
internal sealed class WheelTimer(ReactorTime time, TimerCallback callback, object? state) : ITimer
{
    private TimeSpan _period;

    /// <summary>The tick at which it is due, while it is set.</summary>
    public long Due { get; set; }

    /// <summary>Where it is in the wheels; -1: it is not set.</summary>
    public int Slot { get; set; } = -1;

    public WheelTimer? Next { get; set; }

    public WheelTimer? Previous { get; set; }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        _period = period;
        time.Set(this, dueTime);
        return true;
    }

    public void Fire()
    {
        if (_period > TimeSpan.Zero) time.Set(this, _period);
        callback(state);
    }

    public void Dispose() => time.Set(this, Timeout.InfiniteTimeSpan);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
