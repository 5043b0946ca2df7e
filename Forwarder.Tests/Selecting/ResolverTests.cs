using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using SniForward.Selecting;

namespace SniForward.Tests.Selecting;

public sealed class ResolverTests
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    private readonly FakeTimeProvider _time = new();
    private readonly List<TaskCompletionSource<IPAddress[]>> _asked = [];
    private readonly Resolver _resolver;

    public ResolverTests() => _resolver = new Resolver(
        _ =>
        {
            var asked = new TaskCompletionSource<IPAddress[]>();
            _asked.Add(asked);
            return asked.Task;
        },
        _time);

    [Fact]
    public async Task Whoever_asks_while_an_answer_is_under_way_gets_the_same_one()
    {
        var first = _resolver.ResolveAsync("a.example", Long);
        var second = _resolver.ResolveAsync("A.example", Long);
        _time.Advance(TimeSpan.FromMinutes(1));
        var third = _resolver.ResolveAsync("a.example", Long);

        Assert.Single(_asked).SetResult([IPAddress.Loopback]);

        Assert.Equal([IPAddress.Loopback], await first);
        Assert.Equal([IPAddress.Loopback], await second);
        Assert.Equal([IPAddress.Loopback], await third);
    }

    [Fact]
    public async Task An_answer_serves_for_a_second()
    {
        var first = _resolver.ResolveAsync("a.example", Long);
        _asked[0].SetResult([IPAddress.Loopback]);
        await first;

        _time.Advance(TimeSpan.FromSeconds(0.9));
        Assert.Equal([IPAddress.Loopback], await _resolver.ResolveAsync("a.example", Long));
        _time.Advance(TimeSpan.FromSeconds(0.2));
        var later = _resolver.ResolveAsync("a.example", Long);
        _asked[1].SetResult([IPAddress.IPv6Loopback]);

        Assert.Equal([IPAddress.IPv6Loopback], await later);
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_has_no_addresses_and_is_asked_for_again()
    {
        var first = _resolver.ResolveAsync("a.example", Long);
        _asked[0].SetException(new SocketException((int)SocketError.HostNotFound));
        Assert.Empty(await first);

        _time.Advance(TimeSpan.FromSeconds(1));
        var second = _resolver.ResolveAsync("a.example", Long);
        _asked[1].SetResult([IPAddress.Loopback]);

        Assert.Equal([IPAddress.Loopback], await second);
    }

    [Fact]
    public async Task Who_cannot_wait_gets_nothing_and_the_others_go_on_waiting()
    {
        var hasty = _resolver.ResolveAsync("a.example", TimeSpan.FromSeconds(1));
        var patient = _resolver.ResolveAsync("a.example", Long);

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(await hasty);
        Assert.False(patient.IsCompleted);
        _asked[0].SetResult([IPAddress.Loopback]);

        Assert.Equal([IPAddress.Loopback], await patient);
    }

    [Fact]
    public async Task The_system_knows_localhost()
    {
        var resolver = new Resolver(Dns.GetHostAddressesAsync, TimeProvider.System);

        var addresses = await resolver.ResolveAsync("localhost", Patience.Limit);

        Assert.NotEmpty(addresses);
        Assert.All(addresses, address => Assert.True(IPAddress.IsLoopback(address)));
    }
}
