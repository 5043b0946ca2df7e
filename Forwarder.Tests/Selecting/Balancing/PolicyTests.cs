using System.Net;
using CsCheck;
using SniForward.Selecting;
using SniForward.Selecting.Balancing;
using SniForward.Selecting.Health;

namespace SniForward.Tests.Selecting.Balancing;

/// <summary>What each balance makes of servers that come, fill up, fail and are tried already.</summary>
public sealed class PolicyTests
{
    private static readonly Balance[] All = Enum.GetValues<Balance>();

    [Fact]
    public void Round_robin_gives_each_its_weight_whoever_asks_at_once()
    {
        var backend = Backend(Balance.RoundRobin, 1, 2, 3);
        var taken = new int[3];

        Parallel.For(0, 6000, _ => Interlocked.Increment(ref taken[IndexOf(backend, Take(backend)!)]));

        Assert.Equal([1000, 2000, 3000], taken);
    }

    [Fact]
    public void Least_connections_fills_the_emptiest_for_its_weight()
    {
        var backend = Backend(Balance.LeastConnections, 1, 2);
        var open = new List<Server>();
        for (var i = 0; i < 300; i++) open.Add(Take(backend)!);
        Assert.Equal([100, 200], Counts(backend, open));

        // The first one's connections end, and all that are new go there until it is level again.
        foreach (var server in open.Where(server => IndexOf(backend, server) == 0)) server.Release();
        Assert.All(Enumerable.Range(0, 99), _ => Assert.Equal(0, IndexOf(backend, Take(backend)!)));
    }

    [Fact]
    public void Of_two_at_random_the_less_busy_one_is_taken()
    {
        var backend = Backend(Balance.RandomTwo, [.. Enumerable.Repeat(1, 10)]);
        var open = Enumerable.Range(0, 10_000).Select(_ => Take(backend)!).ToList();

        // One alone at random would be off by a hundred (three times the square root of a thousand).
        Assert.All(Counts(backend, open), count => Assert.InRange(count, 985, 1015));
    }

    [Fact]
    public void Two_at_random_respect_weights()
    {
        var backend = Backend(Balance.RandomTwo, 1, 1, 2, 4);
        var open = Enumerable.Range(0, 8000).Select(_ => Take(backend)!).ToList();

        Assert.All(Counts(backend, open).Zip([1000, 1000, 2000, 4000]), pair => Assert.InRange(pair.First, pair.Second * 0.95, pair.Second * 1.05));
    }

    [Fact]
    public void The_same_client_comes_to_the_same_server_in_whatever_order_they_are_listed()
    {
        string[] names = ["a.example:1", "b.example:2", "c.example:3", "d.example:4"];
        var one = Backend(Balance.SourceHash, [.. names.Select(name => Settings(name, 1))]);
        var other = Backend(Balance.SourceHash, [.. names.Reverse().Select(name => Settings(name, 1))]);

        Gen.Byte.Array[4].Sample(address =>
        {
            var client = new IPEndPoint(new IPAddress(address), 1234);
            Assert.Equal(Take(one, client)!.Name, Take(other, client)!.Name);
            Assert.Equal(Take(one, client)!.Name, Take(one, new IPEndPoint(client.Address.MapToIPv6(), 4321))!.Name);
        });
    }

    [Fact]
    public void Clients_of_one_network_of_IPv6_come_to_the_same_server()
    {
        var backend = Backend(Balance.SourceHash, [.. Enumerable.Repeat(1, 10)]);

        Gen.Byte.Array[16].Select(Gen.Byte.Array[8]).Sample((address, host) =>
        {
            var neighbour = address[..8].Concat(host).ToArray();
            Assert.Same(Take(backend, new IPEndPoint(new IPAddress(address), 1)), Take(backend, new IPEndPoint(new IPAddress(neighbour), 2)));
        });
    }

    [Fact]
    public void Clients_are_spread_over_all_servers()
    {
        var backend = Backend(Balance.SourceHash, [.. Enumerable.Repeat(1, 10)]);

        var taken = Enumerable.Range(0, 20_000).Select(i => Take(backend, new IPEndPoint(new IPAddress([10, 0, (byte)(i >> 8), (byte)i]), 1))!).ToList();

        Assert.All(Counts(backend, taken), count => Assert.InRange(count, 1700, 2300));
    }

    [Fact]
    public void A_retry_goes_to_one_that_was_not_tried_and_ends_when_all_were() =>
        Gen.Enum<Balance>().Select(Gen.Int[1, 5].Array[1, 10]).Sample((balance, weights) =>
        {
            var backend = Backend(balance, weights);
            var ticket = backend.TicketOf(new IPEndPoint(IPAddress.Loopback, 1));
            var tried = new List<Server>();
            for (var i = 0; i < weights.Length; i++)
            {
                var server = backend.Take(ticket, tried).Server;
                Assert.NotNull(server);
                Assert.DoesNotContain(server, tried);
                tried.Add(server);
            }
            Assert.Null(backend.Take(ticket, tried).Server);
        });

    [Fact]
    public void No_server_gets_more_than_it_may_have_whoever_asks_at_once()
    {
        foreach (var balance in All)
        {
            var backend = Backend(balance, [.. Enumerable.Range(0, 4).Select(i => Settings($"s{i}.example:1", i + 1, maxConnections: 10 * (i + 1)))]);
            var taken = new int[4];
            Parallel.For(0, 1000, i =>
            {
                if (Take(backend, new IPEndPoint(i, 1)) is { } server) Interlocked.Increment(ref taken[IndexOf(backend, server)]);
            });
            Assert.Equal([10, 20, 30, 40], taken);

            backend.Servers[2].Release();
            Assert.Same(backend.Servers[2], Take(backend));
            Assert.Null(Take(backend));
        }
    }

    [Fact]
    public void What_has_failed_is_not_chosen_and_the_others_have_its_share()
    {
        foreach (var balance in All)
        {
            var backend = Backend(balance, 1, 1, 1);
            for (var i = 0; i < 3; i++) backend.Servers[1].Health.Checked("it does not answer");

            var taken = Enumerable.Range(0, 3000).Select(i => Take(backend, new IPEndPoint(i, 1))!).ToList();
            Assert.Equal(2, backend.Usable);
            Assert.Collection(
                Counts(backend, taken),
                count => Assert.InRange(count, 1350, 1650),
                count => Assert.Equal(0, count),
                count => Assert.InRange(count, 1350, 1650));
        }
    }

    [Fact]
    public void A_backup_serves_while_no_other_can()
    {
        foreach (var balance in All)
        {
            var backend = Backend(balance, Settings("a.example:1", 1), Settings("b.example:1", 1), Settings("c.example:1", 1, isBackup: true));
            foreach (var server in backend.Servers.Take(2))
            {
                Assert.NotSame(backend.Servers[2], Take(backend));
                for (var i = 0; i < 3; i++) server.Health.Checked("it does not answer");
            }
            Assert.Same(backend.Servers[2], Take(backend));

            for (var i = 0; i < 2; i++) backend.Servers[0].Health.Checked(null);
            Assert.Same(backend.Servers[0], Take(backend));
        }
    }

    [Fact]
    public void While_there_is_no_server_one_check_that_passes_brings_one_back()
    {
        var backend = Backend(Balance.RoundRobin, 1, 1);
        foreach (var server in backend.Servers)
        {
            for (var i = 0; i < 3; i++) server.Health.Checked("it does not answer");
        }
        Assert.Null(Take(backend));

        backend.Servers[1].Health.Checked(null);
        Assert.Same(backend.Servers[1], Take(backend));
        backend.Servers[0].Health.Checked(null);
        Assert.Same(backend.Servers[1], Take(backend));
        backend.Servers[0].Health.Checked(null);
        Assert.Equal(2, backend.Usable);
    }

    [Fact]
    public void A_backup_takes_what_no_other_has_room_for_or_has_taken()
    {
        foreach (var balance in All)
        {
            var backend = Backend(balance, Settings("a.example:1", 1, maxConnections: 1), Settings("b.example:1", 1, isBackup: true));
            Assert.Same(backend.Servers[0], Take(backend));
            Assert.Same(backend.Servers[1], Take(backend));
            backend.Servers[0].Release();
            Assert.Same(backend.Servers[1], backend.Take(default, [backend.Servers[0]]).Server);
            Assert.Same(backend.Servers[0], Take(backend));
        }
    }

    [Fact]
    public void Without_servers_none_is_chosen()
    {
        foreach (var balance in All) Assert.Null(Take(Backend(balance, Array.Empty<int>())));
    }

    [Fact]
    public void A_choice_allocates_nothing()
    {
        var client = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 1);
        foreach (var balance in All)
        {
            var backend = Backend(balance, 1, 2, 3);
            Allocations.AssertNone(() => Take(backend, client)!.Release());
        }
    }

    private static Server? Take(Backend backend, EndPoint? client = null) =>
        backend.Take(backend.TicketOf(client ?? new IPEndPoint(IPAddress.Loopback, 1)), tried: null).Server;

    private static int IndexOf(Backend backend, Server server) => backend.Servers.ToList().IndexOf(server);

    private static int[] Counts(Backend backend, IReadOnlyList<Server> taken) =>
        [.. backend.Servers.Select(server => taken.Count(one => one == server))];

    private static Backend Backend(Balance balance, params int[] weights) =>
        Backend(balance, [.. weights.Select((weight, i) => Settings($"s{i}.example:443", weight))]);

    private static Backend Backend(Balance balance, params ServerSettings[] servers)
    {
        var backend = new Backend(new BackendRules("test") { Balance = balance, Health = new HealthRules() }, new BackendState(_ => null, TimeProvider.System));
        backend.Use(servers);
        return backend;
    }

    private static ServerSettings Settings(string address, int weight, bool isBackup = false, int maxConnections = 0)
    {
        var parts = address.Split(':');
        return new ServerSettings(new DnsEndPoint(parts[0], int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture)), weight, isBackup, maxConnections);
    }
}
