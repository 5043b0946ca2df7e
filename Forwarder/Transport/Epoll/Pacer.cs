namespace SniForward.Transport.Epoll;

/// <summary>
/// Holds one direction of a connection to a rate: its bucket, and the timer that it waits by for more. When the direction
/// has ended, the object serves another.
/// </summary>
internal sealed class Pacer
{
    private readonly Reactor _reactor;
    private readonly Pace _pace;
    private readonly ITimer _timer;
    private IWaiter? _waiter;

    private Pacer(Reactor reactor)
    {
        _reactor = reactor;
        _pace = new Pace(reactor.Time.TimestampFrequency);
        _timer = reactor.Time.CreateTimer(static pacer => ((Pacer)pacer!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public bool IsWaiting => _waiter is not null;

    public static Pacer Rent(Reactor reactor, long bytesPerSecond)
    {
        if (!reactor.IdlePacers.TryPop(out var pacer)) pacer = new Pacer(reactor);
        pacer._pace.Start(bytesPerSecond, reactor.Time.GetTimestamp());
        return pacer;
    }

    /// <summary>Ends the wait, which then calls nobody, and gives the object back.</summary>
    public void Return()
    {
        _waiter = null;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _reactor.IdlePacers.Push(this);
    }

    /// <summary>How many bytes may pass now.</summary>
    public int Allowance() => _pace.Allowance(_reactor.Time.GetTimestamp());

    /// <inheritdoc cref="Pace.Take"/>
    public void Take(int bytes) => _pace.Take(bytes);

    /// <summary>Calls <paramref name="waiter"/> once when enough may pass again.</summary>
    public void Wait(IWaiter waiter)
    {
        _waiter = waiter;
        _timer.Change(_pace.UntilAllowed(_reactor.Time.GetTimestamp()), Timeout.InfiniteTimeSpan);
    }

    private void Fire()
    {
        var waiter = _waiter;
        _waiter = null;
        waiter?.Ready();
    }
}
