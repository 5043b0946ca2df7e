using System.Net;
using Microsoft.Extensions.Time.Testing;
using SniForward.Accepting;

namespace SniForward.Tests.Accepting;

public sealed class ClientLimitsTests
{
    private static readonly IPAddress One = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Other = IPAddress.Parse("192.0.2.2");

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Open_connections_are_counted_by_client_and_given_back()
    {
        var limits = new ClientLimits(maxOpen: 2, perSecond: 0, _time);

        Assert.True(limits.TryEnter(One));
        Assert.True(limits.TryEnter(One));
        Assert.False(limits.TryEnter(One));
        Assert.True(limits.TryEnter(Other));
        limits.Leave(One);
        limits.Leave(One);
        Assert.True(limits.TryEnter(One));
    }

    [Fact]
    public void New_connections_come_at_the_rate_after_a_burst_of_one_second()
    {
        var limits = new ClientLimits(maxOpen: 0, perSecond: 3, _time);

        for (var i = 0; i < 3; i++) Assert.True(limits.TryEnter(One));
        Assert.False(limits.TryEnter(One));
        Assert.True(limits.TryEnter(Other));
        _time.Advance(TimeSpan.FromSeconds(0.34));
        Assert.True(limits.TryEnter(One));
        Assert.False(limits.TryEnter(One));
        _time.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 3; i++) Assert.True(limits.TryEnter(One));
        Assert.False(limits.TryEnter(One));
    }

    [Fact]
    public void A_rate_below_one_a_second_still_lets_the_first_in()
    {
        var limits = new ClientLimits(maxOpen: 0, perSecond: 1 / 60.0, _time);

        Assert.True(limits.TryEnter(One));
        Assert.False(limits.TryEnter(One));
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.True(limits.TryEnter(One));
    }

    [Theory]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", false)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", true)]
    [InlineData("192.0.2.1", "c000:201::", true)]
    public void An_IPv6_client_counts_as_its_64_bit_network(string first, string second, bool independent)
    {
        var limits = new ClientLimits(maxOpen: 1, perSecond: 0, _time);

        Assert.True(limits.TryEnter(IPAddress.Parse(first)));
        Assert.Equal(independent, limits.TryEnter(IPAddress.Parse(second)));
    }

    [Fact]
    public void Clients_that_are_gone_are_forgotten()
    {
        var limits = new ClientLimits(maxOpen: 0, perSecond: 1, _time);

        for (var i = 0; i < 100_000; i++)
        {
            var client = new IPAddress([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i]);
            limits.TryEnter(client);
            limits.Leave(client);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.InRange(limits.Count, 0, 10_000);
    }
}
