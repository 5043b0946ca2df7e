using CsCheck;
using SniForward.Transport.Epoll;

namespace SniForward.Tests.Transport.Epoll;

public sealed class TimerWheelTests
{
    private static readonly ReactorTime Time = new();

    private readonly TimerWheel _wheel = new();
    private readonly List<long> _fired = [];

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(1_000_000)]
    [InlineData(1L << 30)]
    [InlineData((1L << 30) + 12_345)]
    [InlineData(1L << 40)]
    public void A_timer_fires_at_its_tick_and_not_before(long due)
    {
        Add(due);

        _wheel.Advance(due - 1);
        Assert.Empty(_fired);
        _wheel.Advance(due);

        Assert.Equal([due], _fired);
        Assert.Equal(-1, _wheel.NextTick());
    }

    [Fact]
    public void A_timer_that_was_removed_does_not_fire()
    {
        var timer = Add(100);
        Add(100);
        _wheel.Remove(timer);
        _wheel.Remove(timer);

        _wheel.Advance(1000);

        Assert.Equal([100], _fired);
    }

    [Fact]
    public void A_timer_may_set_another_while_it_fires()
    {
        _wheel.Add(new WheelTimer(Time, _ => Add(70), null), 10);

        _wheel.Advance(100);

        Assert.Equal([70], _fired);
    }

    [Fact]
    public void Any_timers_fire_in_the_order_of_their_ticks_however_time_advances() => Gen.Select(
        Gen.Long[1, 300_000].Array[0, 40], Gen.Int[0, 3].Array[40], Gen.Long[1, 50_000].Array[1, 20]).Sample((ticks, fates, steps) =>
        {
            var wheel = new TimerWheel();
            var fired = new List<long>();
            var now = 0L;
            var timers = ticks.Select(tick => (Tick: tick, Timer: new WheelTimer(Time, _ => fired.Add(tick), null))).ToArray();
            foreach (var (tick, timer) in timers) wheel.Add(timer, tick);
            // A quarter of them is unset again.
            var left = timers.Where((_, i) => fates[i] != 0).Select(timer => timer.Tick).Order().ToArray();
            foreach (var (timer, i) in timers.Select((timer, i) => (timer.Timer, i))) if (fates[i] == 0) wheel.Remove(timer);

            foreach (var step in steps)
            {
                now += step;
                wheel.Advance(now);
                Assert.Equal(left.Where(tick => tick <= now), fired);
                // What is next may be the time to look again, but is never later than the next timer.
                var next = left.Where(tick => tick > now).Cast<long?>().FirstOrDefault();
                Assert.True(next is null ? wheel.NextTick() == -1 : wheel.NextTick() > now && wheel.NextTick() <= next);
            }
        });

    private WheelTimer Add(long tick)
    {
        var timer = new WheelTimer(Time, _ => _fired.Add(tick), null);
        _wheel.Add(timer, tick);
        return timer;
    }
}
