using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using SniForward.Selecting;

namespace SniForward.Tests.Selecting;

public sealed class ResolverTests
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    private readonly FakeTimeProvider _time = new();
    private static readonly DnsEndPoint Name = new("a.example", 443);

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
        var first = _resolver.ResolveAsync(Name, Long);
        var second = _resolver.ResolveAsync(Name, Long);
        _time.Advance(TimeSpan.FromMinutes(1));
        var third = _resolver.ResolveAsync(Name, Long);

        Assert.Single(_asked).SetResult([IPAddress.Loopback]);

        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 443)], await first);
        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 443)], await second);
        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 443)], await third);
    }

    [Fact]
    public async Task An_answer_serves_for_a_second()
    {
        var first = _resolver.ResolveAsync(Name, Long);
        _asked[0].SetResult([IPAddress.Loopback]);
        await first;

        _time.Advance(TimeSpan.FromSeconds(0.9));
        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 443)], await _resolver.ResolveAsync(Name, Long));
        _time.Advance(TimeSpan.FromSeconds(0.2));
        var later = _resolver.ResolveAsync(Name, Long);
        _asked[1].SetResult([IPAddress.IPv6Loopback]);

        Assert.Equal([new IPEndPoint(IPAddress.IPv6Loopback, 443)], await later);
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_has_no_addresses_and_is_asked_for_again()
    {
        var first = _resolver.ResolveAsync(Name, Long);
        _asked[0].SetException(new SocketException((int)SocketError.HostNotFound));
        Assert.Empty(await first);

        _time.Advance(TimeSpan.FromSeconds(1));
        var second = _resolver.ResolveAsync(Name, Long);
        _asked[1].SetResult([IPAddress.Loopback]);

        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 443)], await second);
    }

    [Fact]
    public async Task Who_cannot_wait_gets_nothing_and_the_others_go_on_waiting()
    {
        var hasty = _resolver.ResolveAsync(Name, TimeSpan.FromSeconds(1));
        var patient = _resolver.ResolveAsync(Name, Long);

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(await hasty);
        Assert.False(patient.IsCompleted);
        _asked[0].SetResult([IPAddress.Loopback]);

        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 443)], await patient);
    }

    [Fact]
    public async Task The_system_knows_localhost()
    {
        var resolver = new Resolver(Dns.GetHostAddressesAsync, TimeProvider.System);

        var addresses = await resolver.ResolveAsync(new DnsEndPoint("localhost", 80), Patience.Limit);

        Assert.NotEmpty(addresses);
        Assert.All(addresses, address => Assert.True(IPAddress.IsLoopback(address.Address)));
    }
}
