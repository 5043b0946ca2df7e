using System.Net;
using System.Net.Sockets;
using SniForward.Startup;
using SniForward.Startup.Configuration;

namespace SniForward.Tests.EndToEnd;

/// <summary>Another configuration in the place of one that runs.</summary>
public abstract class ReloadTests(Engine engine)
{
    [Fact]
    public async Task Connections_to_come_go_by_the_new_routes_and_open_ones_go_on()
    {
        using var first = TestServer.Echo("first");
        using var second = TestServer.Echo("second");
        await using var forwarder = Start(first);
        using var open = await OpenAsync(forwarder, "first");

        Reload(forwarder, second);

        Assert.Equal("second", await AskAsync(forwarder));
        await open.SendAsync("still here");
        Assert.Equal("still here", System.Text.Encoding.ASCII.GetString(await open.ReadAsync("still here".Length)));
        Reload(forwarder, first);
        Assert.Equal("first", await AskAsync(forwarder));
    }

    [Fact]
    public async Task No_client_is_refused_or_lost_while_it_is_reloaded_a_hundred_times()
    {
        using var first = TestServer.Echo("first");
        using var second = TestServer.Echo("second");
        await using var forwarder = Start(first);
        using var open = await OpenAsync(forwarder, "first");
        using var done = new CancellationTokenSource();
        var answers = Task.Run(async () =>
        {
            var count = 0;
            for (; !done.IsCancellationRequested; count++) Assert.Contains(await AskAsync(forwarder), new[] { "first", "second" });
            return count;
        });

        for (var i = 0; i < 100; i++)
        {
            Reload(forwarder, i % 2 == 0 ? second : first);
            await open.SendAsync("x");
            await open.ReadAsync(1);
        }
        await done.CancelAsync();

        Assert.True(await answers.InTimeAsync() > 0);
    }

    [Fact]
    public async Task A_listener_that_is_added_serves_and_one_that_is_removed_keeps_its_connections()
    {
        using var server = TestServer.Echo("server");
        var port = TestServer.RefusingPort();
        await using var forwarder = Start(server);
        var kept = forwarder.Addresses[0];

        forwarder.Forwarder.Reload(Config(Toml(server) + $"\n[[listener]]\nname = \"more\"\nbind = \"127.0.0.1:{port}\""));
        var added = new IPEndPoint(IPAddress.Loopback, port);
        Assert.Equal([kept, added], forwarder.Addresses);
        using var open = await OpenAsync(added, "server");

        Reload(forwarder, server);
        Assert.Equal([kept], forwarder.Addresses);
        await forwarder.LineAsync($"listener more no longer listens on 127.0.0.1:{port}");
        await Assert.ThrowsAsync<SocketException>(() => TestClient.ConnectAsync(added));
        await open.SendAsync("x");
        await open.ReadAsync(1);
    }

    [Fact]
    public async Task A_listener_that_cannot_be_bound_leaves_everything_as_it_was()
    {
        using var first = TestServer.Echo("first");
        using var second = TestServer.Echo("second");
        using var other = TestServer.Start();
        await using var forwarder = Start(first);
        var addresses = forwarder.Addresses;

        Assert.Throws<BindException>(() => forwarder.Forwarder.Reload(Config(
            Toml(second) + $"\n[[listener]]\nbind = \"127.0.0.1:{TestServer.RefusingPort()}\"\n[[listener]]\nbind = \"127.0.0.1:{other.Port}\"")));

        Assert.Equal(addresses, forwarder.Addresses);
        Assert.Equal("first", await AskAsync(forwarder));
    }

    [Fact]
    public async Task What_servers_have_been_stays_known()
    {
        using var well = TestServer.Echo("well");
        var dead = TestServer.RefusingPort();
        var toml = $"""
            {engine.Line()}
            [[listener]]
            bind = "127.0.0.1:0"
            [default]
            backend = "pair"
            [backend.pair]
            servers = ["127.0.0.1:{dead}", "127.0.0.1:{well.Port}"]
            """;
        await using var forwarder = TestForwarder.Start(toml);
        for (var i = 0; i < 8; i++) Assert.Equal("well", await AskAsync(forwarder));
        Assert.False(forwarder.Forwarder.Backends[0].Servers[0].Health.IsUsable);

        forwarder.Forwarder.Reload(Config(toml.Replace($"127.0.0.1:{well.Port}\"", $"127.0.0.1:{well.Port}\", \"127.0.0.1:{TestServer.RefusingPort()}\"", StringComparison.Ordinal)));

        Assert.False(forwarder.Forwarder.Backends[0].Servers[0].Health.IsUsable);
        Assert.True(forwarder.Forwarder.Backends[0].Servers[1].Health.IsUsable);
        Assert.Equal(3, forwarder.Forwarder.Backends[0].Servers.Count);
    }

    [Fact]
    public async Task What_runs_runs_on_while_the_servers_of_a_new_service_are_asked_for()
    {
        using var well = TestServer.Echo("well");
        using var dns = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var servers = $"servers = [\"127.0.0.1:{TestServer.RefusingPort()}\", \"127.0.0.1:{well.Port}\"";
        var toml = $"""
            {engine.Line()}
            [[listener]]
            bind = "127.0.0.1:0"
            [default]
            backend = "pair"
            [dns]
            servers = ["{dns.Client.LocalEndPoint}"]
            [backend.pair]
            attempts = 1
            {servers}]
            """;
        await using var forwarder = TestForwarder.Start(toml);

        var reload = Task.Factory.StartNew(
            () => forwarder.Forwarder.Reload(Config(toml.Replace(servers, $"{servers}, \"srv+_web._tcp.a.test\"", StringComparison.Ordinal))),
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        // It is asked, and does not answer.
        await dns.ReceiveAsync(TestContext.Current.CancellationToken).AsTask().InTimeAsync();
        for (var i = 0; i < 8; i++) await AskAsync(forwarder);

        for (var i = 0; i < 4; i++) Assert.Equal("well", await AskAsync(forwarder));
        await reload.InTimeAsync();
    }

    [Fact]
    public async Task Limits_count_the_connections_that_are_open()
    {
        using var server = TestServer.Echo("server");
        await using var forwarder = TestForwarder.Start(Toml(server) + "\n[limits]\nconnections_per_client = 2");
        using var open = await OpenAsync(forwarder, "server");

        forwarder.Forwarder.Reload(Config(Toml(server) + "\n[limits]\nconnections_per_client = 1"));
        Assert.StartsWith("HTTP/1.1 429", await TestClient.AskAsync(forwarder.Address, "a.example"), StringComparison.Ordinal);

        forwarder.Forwarder.Reload(Config(Toml(server)));
        Assert.Equal("server", await AskAsync(forwarder));
    }

    [Theory]
    [InlineData("", "[limits]\nconnections_per_client = 1", "client_limit")]
    [InlineData("", "[limits]\nconnections = 1", "process_limit")]
    [InlineData("max_connections = 1", "", "route_limit")]
    public async Task Limits_that_were_not_there_before_count_them_too(string ofRoute, string ofAll, string end)
    {
        using var server = TestServer.Echo("server");
        await using var forwarder = TestForwarder.Start(Limited("", ""));
        using var first = await OpenAsync(forwarder, "server");
        using var second = await OpenAsync(forwarder, "server");

        forwarder.Forwarder.Reload(Config(Limited(ofRoute, ofAll)));
        await AskUntilAsync(forwarder, end);

        // It stays so when they are counted again, and until both have ended.
        forwarder.Forwarder.Reload(Config(Limited(ofRoute, ofAll + "\n[timeouts]\nidle = \"9m\"")));
        first.EndSending();
        await first.ReadAllAsync();
        Assert.Equal("completed", (await forwarder.NextAccessLineAsync()).End);
        Assert.DoesNotContain("server\n", await TryAskAsync(forwarder), StringComparison.Ordinal);
        Assert.Equal(end, (await forwarder.NextAccessLineAsync()).End);
        second.EndSending();
        await second.ReadAllAsync();
        Assert.Equal("completed", (await forwarder.NextAccessLineAsync()).End);
        Assert.Equal("server", await AskAsync(forwarder));

        string Limited(string route, string all) => $"""
            {engine.Line()}
            [[listener]]
            bind = "127.0.0.1:0"
            [[route]]
            hosts = ["a.example"]
            backend = "127.0.0.1:{server.Port}"
            {route}
            {all}
            """;
    }

    private TestForwarder Start(TestServer server) => TestForwarder.Start(Toml(server));

    private void Reload(TestForwarder forwarder, TestServer server) => forwarder.Forwarder.Reload(Config(Toml(server)));

    private string Toml(TestServer server) => $"""
        {engine.Line()}
        [[listener]]
        bind = "127.0.0.1:0"
        [default]
        backend = "127.0.0.1:{server.Port}"
        """;

    private static ForwarderConfig Config(string toml)
    {
        var read = ConfigReader.Read(toml, "test.toml");
        Assert.Equal("", string.Join('\n', read.Errors));
        return read.Config!;
    }

    private static Task<TestClient> OpenAsync(TestForwarder forwarder, string server) => OpenAsync(forwarder.Address, server);

    private static async Task<TestClient> OpenAsync(EndPoint address, string server)
    {
        var client = await TestClient.ConnectAsync(address);
        const string Request = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
        await client.SendAsync(Request);
        Assert.StartsWith(server, System.Text.Encoding.ASCII.GetString(await client.ReadAsync($"{server}\n{Request}".Length)), StringComparison.Ordinal);
        return client;
    }

    /// <summary>Asks until that ends as it should.</summary>
    private static async Task AskUntilAsync(TestForwarder forwarder, string end)
    {
        var started = System.Diagnostics.Stopwatch.StartNew();
        string ended;
        do
        {
            await TryAskAsync(forwarder);
            ended = (await forwarder.NextAccessLineAsync()).End;
            Assert.True(started.Elapsed < Patience.Limit, ended);
        }
        while (ended != end);
    }

    /// <summary>The answer; empty if the connection was closed without.</summary>
    private static async Task<string> TryAskAsync(TestForwarder forwarder)
    {
        try
        {
            return await TestClient.AskAsync(forwarder.Address, "a.example");
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return "";
        }
    }

    private static async Task<string> AskAsync(TestForwarder forwarder) => (await TestClient.AskAsync(forwarder.Address, "a.example")).Split('\n')[0];
}

public sealed class ReloadTestsOnEpoll() : ReloadTests(Engine.Epoll);

public sealed class ReloadTestsOnSockets() : ReloadTests(Engine.Sockets);
