using CsCheck;
using SniForward.Transport;

namespace SniForward.Tests.Transport;

public sealed class PaceTests
{
    private const long Second = 1_000_000_000;

    private static readonly Gen<long> GenRate = Gen.OneOf(
        Gen.Long[1, 3000], Gen.Long[1024, 200_000], Gen.Long[100_000, 100_000_000], Gen.Long[1, 1024L << 30]);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1024, 1024)]
    [InlineData(3000, 2048)]
    [InlineData(16 * 1024, 2048)]
    [InlineData(24 * 1024, 3072)]
    [InlineData(10 << 20, 1_310_720)]
    [InlineData(1024L << 30, 128L << 30)]
    public void It_begins_with_its_capacity(long rate, long capacity)
    {
        var pace = Started(rate, 5);

        Assert.Equal(capacity, pace.Capacity);
        Assert.Equal((int)Math.Min(capacity, int.MaxValue), pace.Allowance(5));
    }

    [Theory]
    // The rate, what is taken, the time since then in milliseconds, and what may pass after it.
    [InlineData(1024, 1024, 0, 0)]
    [InlineData(1024, 1024, 500, 512)]
    [InlineData(1024, 1024, 999, 1022)]
    [InlineData(1024, 1024, 5000, 1024)]
    [InlineData(1024, 24, 10, 1010)]
    [InlineData(800_000, 100_000, 50, 40_000)]
    [InlineData(800_000, 100_000, 125, 100_000)]
    [InlineData(800_000, 100_000, -50, 0)]
    public void It_fills_at_its_rate(long rate, int taken, long milliseconds, int allowance)
    {
        var pace = Started(rate, Second);
        pace.Take(taken);

        Assert.Equal(allowance, pace.Allowance(Second + milliseconds * Second / 1000));
    }

    [Theory]
    // The rate, what is taken, and for how long to wait, in milliseconds.
    [InlineData(1024, 0, 0)]
    [InlineData(1024, 1024, 1000)]
    [InlineData(1024, 512, 500)]
    [InlineData(16 * 1024, 2048, 125)]
    [InlineData(128 * 1024, 16 * 1024, 125)]
    [InlineData(1 << 20, 1 << 17, 15.625)]
    [InlineData(1 << 20, (1 << 17) - (16 * 1024), 0)]
    [InlineData(16L << 30, int.MaxValue, 0.0009537)]
    public void It_waits_for_what_is_worth_it(long rate, int taken, double milliseconds)
    {
        var pace = Started(rate, 0);
        pace.Take(taken);

        Assert.Equal(milliseconds, pace.UntilAllowed(0).TotalMilliseconds, rate > int.MaxValue ? 0.0001 : 0.0);
    }

    [Fact]
    public void After_the_wait_enough_may_pass() =>
        Gen.Select(GenRate, Gen.Double[0, 1], Gen.Long[0, Second]).Sample((rate, part, now) =>
        {
            var pace = Started(rate, now);
            pace.Take((int)(part * pace.Allowance(now)));

            var later = now + pace.UntilAllowed(now).Ticks * (Second / TimeSpan.TicksPerSecond);

            Assert.True(pace.Allowance(later) >= Math.Min(pace.Capacity, 16 * 1024));
            Assert.Equal(TimeSpan.Zero, pace.UntilAllowed(later));
        });

    [Fact]
    public void In_any_span_no_more_passes_than_the_rate_and_once_the_capacity() =>
        Gen.Select(GenRate, Gen.Select(Gen.Long[0, Second / 4], Gen.Double[0, 1]).Array[1, 60]).Sample((rate, steps) =>
        {
            var pace = Started(rate, 0);
            var now = 0L;
            var passed = new List<(long At, int Bytes)>();
            foreach (var (pause, part) in steps)
            {
                now += pause;
                var bytes = (int)Math.Round(part * pace.Allowance(now));
                pace.Take(bytes);
                passed.Add((now, bytes));
            }

            for (var first = 0; first < passed.Count; first++)
            {
                var sum = (Int128)0;
                for (var last = first; last < passed.Count; last++)
                {
                    sum += passed[last].Bytes;
                    Assert.True(sum * Second <= (Int128)rate * (passed[last].At - passed[first].At) + (Int128)pace.Capacity * Second);
                }
            }
        });

    [Fact]
    public void Who_always_asks_gets_all_that_the_rate_gives() =>
        Gen.Select(Gen.Long[1, 1_000_000_000], Gen.Int[1, 200]).Sample((rate, waits) =>
        {
            var pace = Started(rate, 0);
            var now = 0L;
            var sum = (Int128)0;
            for (var i = 0; i < waits; i++)
            {
                var bytes = pace.Allowance(now);
                pace.Take(bytes);
                sum += bytes;
                now += pace.UntilAllowed(now).Ticks * (Second / TimeSpan.TicksPerSecond);
            }
            sum += pace.Allowance(now);

            // The last token may be in part, and the last wait longer by what it was rounded up.
            var all = (Int128)rate * now / Second + pace.Capacity;
            Assert.InRange(sum, all - 1 - (waits * (rate / TimeSpan.TicksPerSecond + 1)), all);
        });

    [Fact]
    public void Started_anew_it_forgets_what_was()
    {
        var pace = Started(1024, 0);
        pace.Take(1024);

        pace.Start(4096, Second / 1000);

        Assert.Equal(2048, pace.Allowance(Second / 1000));
    }

    private static Pace Started(long rate, long now)
    {
        var pace = new Pace(Second);
        pace.Start(rate, now);
        return pace;
    }
}
