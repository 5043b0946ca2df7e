using Microsoft.Extensions.Time.Testing;
using SniForward.Admin;

namespace SniForward.Tests.Admin;

public sealed class HistoryTests
{
    private readonly FakeTimeProvider _time = new();
    private Totals _totals = new(Open: 1, Accepted: 10, Refused: 2, BytesUp: 100, BytesDown: 1000);

    [Fact]
    public void A_sample_is_what_was_added_in_its_second()
    {
        using var history = new History(() => _totals, _time);

        _totals = new Totals(Open: 5, Accepted: 17, Refused: 3, BytesUp: 300, BytesDown: 5000);
        _time.Advance(TimeSpan.FromSeconds(1));

        var sample = Assert.Single(history.Read().Samples);
        Assert.Equal((5, 7, 1, 200, 4000), (sample.Open, sample.Accepted, sample.Refused, sample.Up, sample.Down));
        Assert.Equal(_time.GetUtcNow().ToUnixTimeSeconds(), sample.Time);
    }

    [Fact]
    public void It_forgets_what_is_older_than_its_length()
    {
        using var history = new History(() => _totals, _time);

        for (var second = 0; second < History.Length + 10; second++)
        {
            _totals = _totals with { Open = second };
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        var samples = history.Read().Samples;
        Assert.Equal(History.Length, samples.Count);
        Assert.Equal((10, History.Length + 9), (samples[0].Open, samples[^1].Open));
    }

    [Fact]
    public void When_it_is_disposed_of_it_looks_no_more()
    {
        var looks = 0;
        var history = new History(() => { looks++; return _totals; }, _time);

        history.Dispose();
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(1, looks);
    }
}
