namespace SniForward.Tests.EndToEnd;

/// <summary>A clock whose timers fire too early, as the system's may by a millisecond.</summary>
/// <param name="early">By how much, where they are set for longer than that.</param>
internal sealed class EarlyTime(TimeSpan early) : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(System.CreateTimer(callback, state, Sooner(dueTime), period), this);

    private TimeSpan Sooner(TimeSpan due) => due > early ? due - early : due;

    private sealed class Timer(ITimer timer, EarlyTime time) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(time.Sooner(dueTime), period);

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
