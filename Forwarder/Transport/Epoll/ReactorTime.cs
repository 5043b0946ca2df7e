using System.Diagnostics;

namespace SniForward.Transport.Epoll;

/// <summary>
/// A reactor's clock and timers. The clock stands still while one batch of events is handled, which spares a look at
/// the real one for each. Timers are due on the next tick of 10 ms, never early.
/// </summary>
internal sealed class ReactorTime : TimeProvider
{
    private static readonly long TicksOfClock = Stopwatch.Frequency / 100;

    private readonly TimerWheel _wheel = new();
    private readonly int _thread;
    private long _now;

    /// <summary>Made on the reactor's own thread.</summary>
    public ReactorTime()
    {
        _thread = Environment.CurrentManagedThreadId;
        _now = Stopwatch.GetTimestamp();
        _wheel.Advance(_now / TicksOfClock);
    }

    public override long GetTimestamp() => IsOwnThread ? _now : Stopwatch.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new WheelTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Whether the caller is the reactor.</summary>
    public bool IsOwnThread => Environment.CurrentManagedThreadId == _thread;

    /// <summary>Looks at the real clock.</summary>
    public void Update() => _now = Stopwatch.GetTimestamp();

    /// <summary>Fires what is due.</summary>
    public void FireDue() => _wheel.Advance(_now / TicksOfClock);

    /// <summary>How long to wait for the next timer, in milliseconds; -1: for ever.</summary>
    public int UntilNext()
    {
        var next = _wheel.NextTick();
        if (next < 0) return -1;
        var left = next * TicksOfClock - Stopwatch.GetTimestamp();
        return left <= 0 ? 0 : (int)Math.Min(int.MaxValue, left * 1000 / Stopwatch.Frequency + 1);
    }

    /// <summary>Sets <paramref name="timer"/> anew; <see cref="Timeout.InfiniteTimeSpan"/> unsets it.</summary>
    public void Set(WheelTimer timer, TimeSpan due)
    {
        if (!IsOwnThread) throw new InvalidOperationException("A reactor's timer was used on another thread.");
        _wheel.Remove(timer);
        if (due == Timeout.InfiniteTimeSpan) return;
        var at = _now + due.TotalSeconds * Stopwatch.Frequency;
        _wheel.Add(timer, at >= long.MaxValue ? long.MaxValue / TicksOfClock : (long)at / TicksOfClock + 1);
    }
}
