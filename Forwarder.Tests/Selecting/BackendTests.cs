using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using SniForward.Selecting;
using SniForward.Selecting.Balancing;
using SniForward.Selecting.Health;

namespace SniForward.Tests.Selecting;

/// <summary>What of a backend outlives a change of its configuration, and what does not.</summary>
public sealed class BackendTests : IDisposable
{
    private static readonly HealthCheck Check = new(TimeSpan.FromSeconds(5), TimeSpan.Zero, TimeSpan.FromSeconds(2), Tls: false, null, null, [200]);

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _told = [];
    private readonly BackendState _state;

    public BackendTests() => _state = new BackendState(_ => null, _time)
    {
        Changed = (backend, server, change) => _told.Add($"{server.Name} {change.Verdict}, left: {backend.Usable}"),
    };

    public void Dispose() => _state.Dispose();

    [Fact]
    public void A_server_that_stays_keeps_its_health_and_its_connections()
    {
        var before = Use(new("api") { Balance = Balance.LeastConnections }, Settings("a"), Settings("b"));
        Assert.True(before.Servers[0].TryTake());
        FailThrice(before.Servers[1]);

        var after = Use(new("api") { Balance = Balance.RandomTwo }, Settings("b", weight: 2), Settings("a"), Settings("c"));

        Assert.Same(before.Servers[1].State, after.Servers[0].State);
        Assert.False(after.Servers[0].Health.IsUsable);
        Assert.Equal(2, after.Usable);
        Assert.Equal(1, after.Servers[1].State.Open);
        before.Servers[0].Release();
        Assert.Equal(0, after.Servers[1].State.Open);
        Assert.Equal(["b:443 Out, left: 1"], _told);
    }

    [Fact]
    public void What_changes_after_it_is_told_with_what_is_configured_now()
    {
        var before = Use(new("api"), Settings("a"), Settings("b"));
        var after = Use(new("api"), Settings("a"), Settings("c"), Settings("d"));

        FailThrice(before.Servers[0]);

        Assert.Equal(["a:443 Out, left: 2"], _told);
        Assert.Equal(2, after.Usable);
    }

    [Fact]
    public void Turns_go_on()
    {
        var before = Use(new("api"), Settings("a"), Settings("b"));
        Assert.Equal("a:443", Take(before));
        var after = Use(new("api") { Attempts = 1 }, Settings("a"), Settings("b"));

        Assert.Equal(["b:443", "a:443"], [Take(after), Take(after)]);
    }

    [Fact]
    public void Who_knows_an_older_configuration_is_sent_to_its_servers_alone()
    {
        var before = Use(new("api"), Settings("a"));
        Use(new("api"), Settings("b"));

        for (var i = 0; i < 3; i++) Assert.Equal("a:443", Take(before));
    }

    [Fact]
    public async Task A_limit_that_is_raised_lets_those_in_who_wait()
    {
        var before = Use(new("api") { Queue = 5 }, Settings("a", maxConnections: 1));
        Assert.Equal("a:443", Take(before));
        var (first, second) = (before.Line!.Join(before)!, before.Line.Join(before)!);

        var after = Use(new("api") { Queue = 5 }, Settings("a", maxConnections: 2));

        Assert.Same(before.Servers[0], await first.Value.Task.InTimeAsync());
        Assert.False(second.Value.Task.IsCompleted);
        Assert.Null(Take(after));
        before.Servers[0].Release();
        Assert.Same(before.Servers[0], await second.Value.Task.InTimeAsync());
        Assert.Equal(2, after.Servers[0].State.Open);
    }

    [Fact]
    public async Task A_limit_that_is_lowered_hands_no_place_on_before_there_is_one()
    {
        var before = Use(new("api") { Queue = 5 }, Settings("a", maxConnections: 3));
        for (var i = 0; i < 3; i++) Take(before);
        var place = before.Line!.Join(before)!;
        Use(new("api") { Queue = 5 }, Settings("a", maxConnections: 1));

        before.Servers[0].Release();
        before.Servers[0].Release();
        Assert.False(place.Value.Task.IsCompleted);
        before.Servers[0].Release();

        Assert.Same(before.Servers[0], await place.Value.Task.InTimeAsync());
        Assert.Equal(1, before.Servers[0].State.Open);
    }

    [Fact]
    public async Task A_place_is_handed_to_the_first_who_knows_the_server()
    {
        var before = Use(new("api") { Queue = 5 }, Settings("a", maxConnections: 1));
        Take(before);
        var old = before.Line!.Join(before)!;
        var after = Use(new("api") { Queue = 5 }, Settings("b", maxConnections: 1));
        Assert.Equal("b:443", Take(after));
        var late = after.Line!.Join(after)!;

        after.Servers[0].Release();
        Assert.Same(after.Servers[0], await late.Value.Task.InTimeAsync());
        Assert.False(old.Value.Task.IsCompleted);

        before.Servers[0].Release();
        Assert.Same(before.Servers[0], await old.Value.Task.InTimeAsync());
    }

    [Fact]
    public async Task Nobody_is_sent_away_but_for_servers_of_its_own_configuration()
    {
        var before = Use(new("api") { Queue = 5 }, Settings("a", maxConnections: 1));
        Take(before);
        var old = before.Line!.Join(before)!;

        var after = Use(new("api") { Queue = 5 }, Settings("b", maxConnections: 1));
        Take(after);
        var late = after.Line!.Join(after)!;
        FailThrice(after.Servers[0]);

        Assert.Null(await late.Value.Task.InTimeAsync());
        Assert.False(old.Value.Task.IsCompleted);
    }

    [Fact]
    public void Without_checks_nothing_is_down_any_more()
    {
        var before = Use(new("api") { Health = new(Fall: 1, Rise: 1, Check) }, Settings("a"));
        before.Servers[0].Health.Checked("refused");
        Assert.Equal(0, before.Usable);

        var after = Use(new("api"), Settings("a"));

        Assert.Equal(1, after.Usable);
        Assert.Equal(["a:443 Down, left: 0", "a:443 Back, left: 1"], _told);
    }

    [Fact]
    public void What_checks_have_said_stands_while_others_are_made()
    {
        var before = Use(new("api") { Health = new(Fall: 5, Rise: 1, Check) }, Settings("a"), Settings("b"));
        for (var i = 0; i < 3; i++) before.Servers[0].Health.Checked("refused");
        for (var i = 0; i < 5; i++) before.Servers[1].Health.Checked("refused");

        var after = Use(new("api") { Health = new(Fall: 2, Rise: 1, Check with { Path = "/" }) }, Settings("a"), Settings("b"));
        Assert.Equal(1, after.Usable);
        after.Servers[0].Health.Checked("refused");

        Assert.Equal(0, after.Usable);
    }

    [Fact]
    public void The_same_check_written_twice_is_the_same()
    {
        Assert.Equal(Check, Check with { Statuses = [200] });
        Assert.Equal(Check.GetHashCode(), (Check with { Statuses = [200] }).GetHashCode());
        Assert.NotEqual(Check, Check with { Statuses = [204] });
        Assert.NotEqual(Check, Check with { Host = "b.example" });
    }

    private static ServerSettings Settings(string name, int weight = 1, int maxConnections = 0) =>
        new(new DnsEndPoint(name, 443), weight, IsBackup: false, maxConnections);

    private static string? Take(Backend backend) => backend.Take(backend.TicketOf(null), tried: null).Server?.Name;

    private static void FailThrice(Server server)
    {
        for (var i = 0; i < 3; i++) server.Health.Failed(SocketError.ConnectionRefused, onTrial: false);
    }

    private Backend Use(BackendRules rules, params ServerSettings[] servers)
    {
        var backend = new Backend(rules, _state);
        backend.Use(servers);
        return backend;
    }
}
