using SniForward.Admin.Api;

namespace SniForward.Admin;

/// <summary>Looks at the totals every second, and remembers the last minutes.</summary>
internal sealed class History : IDisposable
{
    /// <summary>How far it goes back, in looks.</summary>
    public const int Length = 300;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Func<Totals> _totals;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Queue<Sample> _samples = new(Length);
    private readonly Lock _lock = new();
    private Totals _last;
    private long _lastAt;

    /// <param name="totals">Asked every second.</param>
    /// <param name="time">Whose seconds.</param>
    public History(Func<Totals> totals, TimeProvider time)
    {
        (_totals, _time) = (totals, time);
        (_last, _lastAt) = (totals(), time.GetTimestamp());
        _timer = time.CreateTimer(static history => ((History)history!).Look(), this, Interval, Interval);
    }

    /// <summary>What it remembers, the oldest first.</summary>
    public Series Read()
    {
        lock (_lock) return new Series([.. _samples]);
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var (now, at) = (_totals(), _time.GetTimestamp());
        lock (_lock)
        {
            // A timer that was late is followed by one that is early.
            var seconds = _time.GetElapsedTime(_lastAt, at).TotalSeconds;
            if (seconds <= 0) return;
            if (_samples.Count == Length) _samples.Dequeue();
            _samples.Enqueue(new Sample(
                _time.GetUtcNow().ToUnixTimeMilliseconds() / 1000d,
                now.Open,
                (now.Accepted - _last.Accepted) / seconds,
                (now.Refused - _last.Refused) / seconds,
                (now.BytesUp - _last.BytesUp) / seconds,
                (now.BytesDown - _last.BytesDown) / seconds));
            (_last, _lastAt) = (now, at);
        }
    }
}
