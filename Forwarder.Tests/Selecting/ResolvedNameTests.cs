using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using SniForward.Selecting.Names;

namespace SniForward.Tests.Selecting;

public sealed class ResolvedNameTests
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(30);
    private static readonly IPEndPoint Here = new(IPAddress.Loopback, 443);
    private static readonly IPEndPoint There = new(IPAddress.IPv6Loopback, 443);

    private readonly FakeTimeProvider _time = new();
    private readonly List<TaskCompletionSource<IPAddress[]>> _asked = [];
    private readonly List<string?> _changes = [];
    private readonly Resolver _resolver;

    public ResolvedNameTests() => _resolver = new Resolver(
        _ =>
        {
            var asked = new TaskCompletionSource<IPAddress[]>();
            _asked.Add(asked);
            return asked.Task;
        },
        Refresh,
        _time)
    {
        Changed = (_, failure) => _changes.Add(failure),
    };

    [Fact]
    public async Task Whoever_asks_while_the_first_answer_is_under_way_gets_the_same_one()
    {
        var name = Find();
        var first = name.AddressesAsync(Long);
        var second = name.AddressesAsync(Long);
        _time.Advance(TimeSpan.FromMinutes(1));
        var third = name.AddressesAsync(Long);

        Assert.Single(_asked).SetResult([IPAddress.Loopback]);

        Assert.Equal([Here], await first);
        Assert.Equal([Here], await second);
        Assert.Equal([Here], await third);
    }

    [Fact]
    public async Task Nobody_waits_for_an_answer_when_there_was_one_before()
    {
        var name = Find();
        var first = name.AddressesAsync(Long);
        _asked[0].SetResult([IPAddress.Loopback]);
        Assert.Equal([Here], await first);

        _time.Advance(Refresh);
        var meanwhile = name.AddressesAsync(Long);
        Assert.True(meanwhile.IsCompleted);
        Assert.Equal([Here], await meanwhile);

        Assert.Equal(2, _asked.Count);
        _asked[1].SetResult([IPAddress.IPv6Loopback]);
        Assert.Equal([There], await name.AddressesAsync(Long));
    }

    [Fact]
    public async Task The_last_good_answer_is_kept_while_there_is_no_other()
    {
        using var name = Keep();
        _asked[0].SetResult([IPAddress.Loopback]);

        for (var failures = 1; failures <= 20; failures++)
        {
            _time.Advance(Refresh * 1.2);
            _asked[failures].SetException(new SocketException((int)SocketError.TryAgain));
            var addresses = name.AddressesAsync(Long);
            Assert.True(addresses.IsCompleted);
            Assert.Equal([Here], await addresses);
        }
        Assert.NotNull(Assert.Single(_changes));
    }

    [Fact]
    public async Task A_name_that_is_kept_is_asked_for_again_unused_and_soon_after_a_failure()
    {
        using var name = Keep();
        _asked[0].SetException(new SocketException((int)SocketError.HostNotFound));
        Assert.Single(_asked);

        _time.Advance(TimeSpan.FromSeconds(2.5));
        _asked[1].SetResult([IPAddress.Loopback]);
        Assert.Equal([Here], await name.AddressesAsync(Long));
        Assert.Collection(_changes, Assert.NotNull, Assert.Null);

        _time.Advance(Refresh * 1.2);
        Assert.Equal(3, _asked.Count);
        _asked[2].SetResult([IPAddress.IPv6Loopback]);
        Assert.Equal([There], await name.AddressesAsync(Long));
    }

    [Fact]
    public void A_name_that_is_kept_is_asked_for_at_once_when_its_refresh_changes()
    {
        using var name = Keep();
        _asked[0].SetResult([IPAddress.Loopback]);
        _time.Advance(TimeSpan.FromSeconds(2));

        name.Use(Long);

        Assert.True(SpinWait.SpinUntil(() => _asked.Count == 2, Patience.Limit));
    }

    [Fact]
    public async Task An_answer_serves_for_as_long_as_the_refresh_is_by_now()
    {
        var name = Find();
        var first = name.AddressesAsync(Long);
        _asked[0].SetResult([IPAddress.Loopback]);
        await first;

        name.Use(TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(4));
        await name.AddressesAsync(Long);
        Assert.Single(_asked);
        _time.Advance(TimeSpan.FromSeconds(1));
        await name.AddressesAsync(Long);

        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public void A_name_that_is_disposed_of_is_asked_for_no_more()
    {
        var name = Keep();
        _asked[0].SetResult([IPAddress.Loopback]);
        name.Dispose();

        _time.Advance(TimeSpan.FromHours(1));
        Assert.Single(_asked);
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_has_no_addresses_and_is_asked_for_again_after_a_second()
    {
        var name = Find();
        var first = name.AddressesAsync(Long);
        _asked[0].SetException(new SocketException((int)SocketError.HostNotFound));
        Assert.Empty(await first);
        Assert.Empty(await name.AddressesAsync(Long));
        Assert.Single(_asked);

        _time.Advance(TimeSpan.FromSeconds(1));
        var second = name.AddressesAsync(Long);
        _asked[1].SetResult([IPAddress.Loopback]);

        Assert.Equal([Here], await second);
    }

    [Fact]
    public async Task An_answer_that_nobody_kept_fresh_for_long_is_not_used_unasked()
    {
        var name = Find();
        var first = name.AddressesAsync(Long);
        _asked[0].SetResult([IPAddress.Loopback]);
        await first;

        _time.Advance(Refresh * 10);
        var late = name.AddressesAsync(Long);
        Assert.False(late.IsCompleted);
        _asked[1].SetResult([IPAddress.IPv6Loopback]);

        Assert.Equal([There], await late);
    }

    [Fact]
    public async Task Who_cannot_wait_gets_nothing_and_the_others_go_on_waiting()
    {
        var name = Find();
        var hasty = name.AddressesAsync(TimeSpan.FromSeconds(1));
        var patient = name.AddressesAsync(Long);

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(await hasty);
        Assert.False(patient.IsCompleted);
        _asked[0].SetResult([IPAddress.Loopback]);

        Assert.Equal([Here], await patient);
    }

    [Fact]
    public void Only_so_many_names_of_clients_are_asked_for_at_once()
    {
        for (var i = 0; i < 100; i++) _resolver.Find(new DnsEndPoint($"{i}.example", 443)).AskAgain();

        Assert.Equal(32, _asked.Count);
        _asked[0].SetResult([IPAddress.Loopback]);
        Assert.True(SpinWait.SpinUntil(() => _asked.Count == 33, Patience.Limit));
    }

    [Fact]
    public async Task The_system_knows_localhost()
    {
        var resolver = new Resolver(Dns.GetHostAddressesAsync, Refresh, TimeProvider.System);

        var addresses = await resolver.Find(new DnsEndPoint("localhost", 80)).AddressesAsync(Patience.Limit);

        Assert.NotEmpty(addresses);
        Assert.All(addresses, address => Assert.True(IPAddress.IsLoopback(address.Address)));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("::1 ::2 ::3 10.0.0.1 10.0.0.2", "::1 10.0.0.1 ::2 10.0.0.2 ::3")]
    [InlineData("10.0.0.1 10.0.0.2 ::1", "10.0.0.1 ::1 10.0.0.2")]
    [InlineData("10.0.0.1 10.0.0.1 ::1", "10.0.0.1 ::1")]
    public void Families_take_turns_beginning_with_the_resolvers_first(string resolved, string tried)
    {
        var addresses = resolved.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse).ToArray();

        Assert.Equal(tried, string.Join(' ', AddressOrder.Of(addresses).Select(address => address.ToString())));
    }

    private ResolvedName Find() => _resolver.Find(new DnsEndPoint("a.example", 443));

    private ResolvedName Keep() => _resolver.Keep(new DnsEndPoint("a.example", 443));
}
