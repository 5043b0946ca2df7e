using System.Net;
using System.Net.Sockets;
using SniForward.Selecting;

namespace SniForward.Tests.Selecting;

public sealed class ServerAdminTests
{
    private readonly Backend _backend = new(new BackendRules("api"), new BackendState(_ => null, TimeProvider.System));

    [Theory]
    [InlineData(nameof(ServerAdmin.Draining))]
    [InlineData(nameof(ServerAdmin.Out))]
    public void One_that_is_not_in_gets_no_connections_until_it_is_put_back(string named)
    {
        var (first, second) = UseTwo();

        _backend.Set(first, Enum.Parse<ServerAdmin>(named));
        Assert.Equal([second, second, second, second], TakeFour());
        Assert.Equal(1, _backend.Usable);

        _backend.Set(first, ServerAdmin.In);
        Assert.Equal(2, TakeFour().Distinct().Count());
    }

    [Fact]
    public void Without_any_that_is_in_there_is_none()
    {
        var (first, second) = UseTwo();
        _backend.Set(first, ServerAdmin.Out);
        _backend.Set(second, ServerAdmin.Draining);

        Assert.All(TakeFour(), Assert.Null);
        Assert.Equal(0, _backend.Usable);
    }

    [Fact]
    public void One_that_has_failed_is_not_tried_while_it_is_out()
    {
        var (first, second) = UseTwo();
        while (first.Health.IsUsable) first.Health.Failed(SocketError.ConnectionRefused, onTrial: false);
        _backend.Set(first, ServerAdmin.Out);

        first.Health.Connected();

        Assert.Equal([second, second, second, second], TakeFour());
    }

    [Fact]
    public void Nobody_who_waits_is_handed_a_place_at_one_that_drains()
    {
        var backend = new Backend(new BackendRules("api") { Queue = 1 }, new BackendState(_ => null, TimeProvider.System));
        backend.Use([new ServerSettings(new DnsEndPoint("a", 443), MaxConnections: 1), new ServerSettings(new DnsEndPoint("b", 443), MaxConnections: 1)]);
        var (draining, full) = (backend.Servers[0], backend.Servers[1]);
        Assert.True(draining.TryTake());
        Assert.True(full.TryTake());
        var place = backend.Line!.Join(backend)!;

        backend.Set(draining, ServerAdmin.Draining);
        draining.Release();
        Assert.False(place.Value.Task.IsCompleted);

        backend.Set(draining, ServerAdmin.In);
        Assert.True(place.Value.Task.IsCompleted);
    }

    [Fact]
    public void What_was_decided_outlives_a_change_of_the_configuration()
    {
        using var state = new BackendState(_ => null, TimeProvider.System);
        ServerSettings[] servers = [new(new DnsEndPoint("a", 443)), new(new DnsEndPoint("b", 443))];
        var before = new Backend(new BackendRules("api"), state);
        before.Use(servers);
        before.Set(before.Servers[0], ServerAdmin.Draining);

        var after = new Backend(new BackendRules("api"), state);
        after.Use([servers[0] with { Weight = 2 }, servers[1]]);

        Assert.Equal(ServerAdmin.Draining, after.Servers[0].Admin);
        Assert.Equal(1, after.Usable);
    }

    private (Server First, Server Second) UseTwo()
    {
        _backend.Use([new ServerSettings(new IPEndPoint(IPAddress.Loopback, 1)), new ServerSettings(new IPEndPoint(IPAddress.Loopback, 2))]);
        return (_backend.Servers[0], _backend.Servers[1]);
    }

    private Server?[] TakeFour() => [.. Enumerable.Range(0, 4).Select(_ => _backend.Take(_backend.TicketOf(null), tried: null).Server)];
}
