namespace SniForward.Transport.Epoll;

/// <summary>A timer of one reactor, which calls back on its thread; only that thread may use it.</summary>
internal sealed class WheelTimer(ReactorTime time, TimerCallback callback, object? state) : ITimer
{
    /// <summary>The tick at which it is due, while it is set.</summary>
    public long Due { get; set; }

    /// <summary>Where it is in the wheels; -1: it is not set.</summary>
    public int Slot { get; set; } = -1;

    public WheelTimer? Next { get; set; }

    public WheelTimer? Previous { get; set; }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (period != Timeout.InfiniteTimeSpan) throw new NotSupportedException("A reactor's timer fires once.");
        time.Set(this, dueTime);
        return true;
    }

    public void Fire() => callback(state);

    public void Dispose() => time.Set(this, Timeout.InfiniteTimeSpan);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
