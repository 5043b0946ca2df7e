using System.Net;
using CsCheck;
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
        var limits = new ClientLimits(maxOpen: 2, perSecond: 0, burst: 1, _time);

        Assert.True(limits.TryEnter(One, out _));
        Assert.True(limits.TryEnter(One, out _));
        Assert.False(limits.TryEnter(One, out _));
        Assert.True(limits.TryEnter(Other, out _));
        limits.Leave(One);
        limits.Leave(One);
        Assert.True(limits.TryEnter(One, out _));
    }

    [Fact]
    public void New_connections_come_at_the_rate_after_a_burst_of_one_second()
    {
        var limits = new ClientLimits(maxOpen: 0, perSecond: 3, burst: 3, _time);

        for (var i = 0; i < 3; i++) Assert.True(limits.TryEnter(One, out _));
        Assert.False(limits.TryEnter(One, out _));
        Assert.True(limits.TryEnter(Other, out _));
        _time.Advance(TimeSpan.FromSeconds(0.34));
        Assert.True(limits.TryEnter(One, out _));
        Assert.False(limits.TryEnter(One, out _));
        _time.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 3; i++) Assert.True(limits.TryEnter(One, out _));
        Assert.False(limits.TryEnter(One, out _));
    }

    [Fact]
    public void Who_comes_too_soon_is_told_by_how_much()
    {
        var limits = new ClientLimits(maxOpen: 3, perSecond: 1 / 60.0, burst: 2, _time);

        for (var i = 0; i < 2; i++) Assert.Equal((true, TimeSpan.Zero), (limits.TryEnter(One, out var none), none));
        Assert.Equal((false, TimeSpan.FromSeconds(60)), (limits.TryEnter(One, out var wait), wait));
        _time.Advance(TimeSpan.FromSeconds(45));
        limits.Leave(One);
        Assert.Equal((false, TimeSpan.FromSeconds(15)), (limits.TryEnter(One, out wait), wait));
        // When one of its connections ends nobody knows.
        Assert.Equal((false, TimeSpan.Zero), (limits.TryEnter(One, out wait), wait));
        for (var i = 0; i < 2; i++) limits.Leave(One);
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal((true, TimeSpan.Zero), (limits.TryEnter(One, out wait), wait));
    }

    [Fact]
    public void A_rate_below_one_a_second_still_lets_the_first_in()
    {
        var limits = new ClientLimits(maxOpen: 0, perSecond: 1 / 60.0, burst: 1, _time);

        Assert.True(limits.TryEnter(One, out _));
        Assert.False(limits.TryEnter(One, out _));
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.True(limits.TryEnter(One, out _));
    }

    [Theory]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", false)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", true)]
    [InlineData("192.0.2.1", "c000:201::", true)]
    [InlineData("192.0.2.1", "::c000:201:0:0:0:1", true)]
    [InlineData("::ffff:192.0.2.1", "::ffff:192.0.2.2", true)]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", false)]
    public void An_IPv6_client_counts_as_its_64_bit_network_and_IPv4_in_its_form_as_IPv4(string first, string second, bool independent)
    {
        var limits = new ClientLimits(maxOpen: 1, perSecond: 0, burst: 1, _time);

        Assert.True(limits.TryEnter(IPAddress.Parse(first), out _));
        Assert.Equal(independent, limits.TryEnter(IPAddress.Parse(second), out _));
    }

    [Fact]
    public void Clients_that_are_gone_are_forgotten()
    {
        var limits = new ClientLimits(maxOpen: 0, perSecond: 1, burst: 1, _time);

        for (var i = 0; i < 100_000; i++)
        {
            ComeAndGo(limits, Source(i));
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.InRange(limits.Count, 0, 10_000);
    }
    [Fact]
    public void A_burst_is_let_through_whatever_the_rate_and_comes_back_at_the_rate()
    {
        var limits = new ClientLimits(maxOpen: 0, perSecond: 2, burst: 50, _time);

        Assert.Equal(50, Admitted(limits, 60));
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(6, Admitted(limits, 60));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(50, Admitted(limits, 60));
    }

    [Fact]
    public void A_burst_may_be_smaller_than_what_comes_in_a_second()
    {
        var limits = new ClientLimits(maxOpen: 0, perSecond: 100, burst: 2, _time);

        Assert.Equal(2, Admitted(limits, 10));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, Admitted(limits, 10));
    }

    [Theory]
    [InlineData(int.MaxValue, 10_000)]
    [InlineData(1 / 60.0, int.MaxValue)]
    public void The_largest_rate_and_the_largest_burst_let_all_in(double perSecond, double burst)
    {
        var limits = new ClientLimits(maxOpen: 0, perSecond, burst, _time);

        Assert.Equal(10_000, Admitted(limits, 10_000));
    }

    [Fact]
    public void A_flood_of_sources_is_remembered_up_to_the_bound_and_costs_no_client_its_connection()
    {
        const int Sources = 10_000_000;
        var limits = new ClientLimits(maxOpen: 1, perSecond: 1 / 60.0, burst: 1, _time);
        Assert.True(limits.TryEnter(One, out _));
        ComeAndGo(limits, Other);

        for (var i = 0; i < Sources / 2; i++) ComeAndGo(limits, Source(i));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = Sources / 2; i < Sources; i++) ComeAndGo(limits, Source(i));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // An address is an object of 40 bytes; a client that stayed would take 80 more.
        Assert.InRange(allocated / (Sources / 2.0), 0, 60);
        Assert.Equal(ClientLimits.MostIdle + 1, limits.Count);
        Assert.True(limits.TryEnter(Other, out _));
        Assert.True(limits.TryEnter(Source(Sources), out _));
        Assert.False(limits.TryEnter(One, out _));
    }

    [Fact]
    public void Clients_that_come_and_go_allocate_nothing()
    {
        var limits = new ClientLimits(maxOpen: 10, perSecond: 10, burst: 20, _time);
        var sources = Enumerable.Range(0, 2_000).Select(Source).ToArray();
        var turn = 0;
        void Turn()
        {
            ComeAndGo(limits, sources[turn++ % sources.Length]);
            if (turn % 100 == 0) _time.Advance(TimeSpan.FromMilliseconds(10));
        }
        for (var i = 0; i < 3 * sources.Length; i++) Turn();

        Allocations.AssertNone(Turn);
    }

    [Fact]
    public void Any_order_of_events_has_the_outcome_of_the_naive_model() =>
        Gen.Select(Gen.Int[0, 3], Gen.OneOf(0, 1, 2, 10), Gen.Int[1, 12], ClientModel.GenEvents).Sample((maxOpen, perSecond, burst, events) =>
        {
            var time = new FakeTimeProvider();
            var limits = new ClientLimits(maxOpen, perSecond, burst, time);
            var interval = perSecond > 0 ? time.TimestampFrequency / perSecond : 0;
            var model = new ClientModel(maxOpen, interval, burst * interval, int.MaxValue);
            foreach (var (client, passes, enters) in events)
            {
                time.Advance(TimeSpan.FromMilliseconds(passes * 20));
                var now = time.GetTimestamp();
                if (enters)
                {
                    Assert.Equal(model.TryEnter(client, now, out _), limits.TryEnter(Source(client), out _));
                }
                else if (model.IsOpen(client))
                {
                    model.Leave(client, now);
                    limits.Leave(Source(client));
                }
            }
        }, iter: 5_000);

    [Fact]
    public void Many_threads_at_once_forget_every_client_in_the_end()
    {
        var limits = new ClientLimits(maxOpen: 2, perSecond: 0, burst: 1, _time);

        Parallel.For(0, 400_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => ComeAndGo(limits, Source(i % 97)));

        Assert.Equal(0, limits.Count);
    }

    [Fact]
    public void Many_threads_at_once_let_in_no_more_than_the_burst()
    {
        var limits = new ClientLimits(maxOpen: 0, perSecond: 1, burst: 1_000, _time);
        var admitted = 0;

        Parallel.For(0, 100_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            if (limits.TryEnter(Source(i % 10), out _)) Interlocked.Increment(ref admitted);
            limits.Leave(Source(i % 10));
        });

        Assert.Equal(10 * 1_000, admitted);
    }

    private static int Admitted(ClientLimits limits, int attempts)
    {
        var admitted = 0;
        for (var i = 0; i < attempts; i++) admitted += limits.TryEnter(One, out _) ? 1 : 0;
        return admitted;
    }

    private static void ComeAndGo(ClientLimits limits, IPAddress client)
    {
        limits.TryEnter(client, out _);
        limits.Leave(client);
    }

    private static IPAddress Source(int i) => new([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i]);
}
