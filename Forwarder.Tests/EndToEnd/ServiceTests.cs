using SniForward.Startup.Configuration;

namespace SniForward.Tests.EndToEnd;

/// <summary>Servers from the SRV records of a real DNS server, which come, go and stay when it does.</summary>
public abstract class ServiceTests(Engine engine)
{
    private const string Service = "_web._tcp.api.test";

    [Fact]
    public async Task Its_records_are_servers_with_weights()
    {
        using var one = TestServer.Echo("one");
        using var two = TestServer.Echo("two");
        await using var dns = DnsServerProcess.OnFreePort();
        await dns.ServeAsync(Record(one, weight: 20), Record(two, weight: 10));
        await using var forwarder = await StartAsync(dns);

        var served = new List<string>();
        for (var i = 0; i < 6; i++) served.Add(await AskNameAsync(forwarder));

        Assert.Equal(4, served.Count(name => name == "one"));
        Assert.Equal(2, served.Count(name => name == "two"));
    }

    [Fact]
    public async Task A_record_of_a_higher_priority_is_a_backup()
    {
        using var alive = TestServer.Echo("backup");
        await using var dns = DnsServerProcess.OnFreePort();
        await dns.ServeAsync(Record(alive, priority: 2), $"srv-host={Service},localhost,{TestServer.RefusingPort()},1,1");
        await using var forwarder = await StartAsync(dns);

        await UntilAsync(async () => await AskNameAsync(forwarder) == "backup");
    }

    [Fact]
    public async Task A_record_is_removed_and_what_is_open_goes_on()
    {
        using var one = TestServer.Echo("one");
        using var two = TestServer.Echo("two");
        await using var dns = DnsServerProcess.OnFreePort();
        await dns.ServeAsync(Record(one));
        await using var forwarder = await StartAsync(dns);
        using var open = await OpenAsync(forwarder, "one");

        await dns.ServeAsync(Record(two));
        await forwarder.NextLineAsync($"now has servers localhost:{two.Port}");

        for (var i = 0; i < 3; i++) Assert.Equal("two", await AskNameAsync(forwarder));
        await AssertGoesOnAsync(open);
    }

    [Fact]
    public async Task The_DNS_stops_and_connections_go_on_and_new_ones_are_served()
    {
        using var server = TestServer.Echo("one");
        await using var dns = DnsServerProcess.OnFreePort();
        await dns.ServeAsync(Record(server));
        await using var forwarder = await StartAsync(dns);
        using var open = await OpenAsync(forwarder, "one");

        await dns.StopAsync();
        await forwarder.NextLineAsync($"Warning: backend api: no answer for {Service}");
        Assert.Equal("one", await AskNameAsync(forwarder));
        await dns.ServeAsync(Record(server));
        await forwarder.NextLineAsync($"{Service} is answered again");

        Assert.Equal("one", await AskNameAsync(forwarder));
        await AssertGoesOnAsync(open);
    }

    [Fact]
    public async Task Every_record_is_lost_and_the_last_servers_are_kept()
    {
        using var server = TestServer.Echo("one");
        await using var dns = DnsServerProcess.OnFreePort();
        await dns.ServeAsync(Record(server));
        await using var forwarder = await StartAsync(dns);

        await dns.ServeAsync();
        await forwarder.NextLineAsync("Non-Existent Domain");

        Assert.Equal("one", await AskNameAsync(forwarder));
    }

    [Fact]
    public async Task The_DNS_is_not_there_at_the_start_and_clients_are_refused_until_it_is()
    {
        using var server = TestServer.Echo("one");
        await using var dns = DnsServerProcess.OnFreePort();
        await using var forwarder = await StartAsync(dns);
        await forwarder.NextLineAsync($"Warning: backend api: no answer for {Service}");
        Assert.StartsWith("HTTP/1.1 503 ", await TestClient.AskAsync(forwarder.Address, "any.example"), StringComparison.Ordinal);

        await dns.ServeAsync(Record(server));
        await forwarder.NextLineAsync($"now has servers localhost:{server.Port}");

        Assert.Equal("one", await AskNameAsync(forwarder));
    }

    [Fact]
    public async Task A_service_may_be_decidedly_not_available()
    {
        await using var dns = DnsServerProcess.OnFreePort();
        using var server = TestServer.Echo("one");
        await dns.ServeAsync(Record(server));
        await using var forwarder = await StartAsync(dns);

        // Without a target dnsmasq says ".".
        await dns.ServeAsync($"srv-host={Service}");
        await forwarder.NextLineAsync($"{Service} is not available");

        Assert.StartsWith("HTTP/1.1 503 ", await TestClient.AskAsync(forwarder.Address, "any.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_is_too_long_for_UDP_is_had_by_TCP()
    {
        await using var dns = DnsServerProcess.OnFreePort();
        await dns.ServeAsync([.. Enumerable.Range(1, 100).Select(i => $"srv-host={Service},localhost,{i}")]);
        await using var forwarder = await StartAsync(dns);

        var line = await forwarder.NextLineAsync("now has servers ");

        Assert.Equal(100, line.Split(", ").Length);
    }

    [Fact]
    public async Task A_reload_changes_who_is_asked()
    {
        using var one = TestServer.Echo("one");
        using var two = TestServer.Echo("two");
        await using var dns = DnsServerProcess.OnFreePort();
        await using var other = DnsServerProcess.OnFreePort();
        await dns.ServeAsync(Record(one));
        await other.ServeAsync(Record(two));
        await using var forwarder = await StartAsync(dns);
        Assert.Equal("one", await AskNameAsync(forwarder));

        await Task.Factory.StartNew(
            () => forwarder.Forwarder.Reload(ConfigReader.Read($"{engine.Line()}\n{Toml(other)}", "test.toml").Config!),
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        Assert.Equal("two", await AskNameAsync(forwarder));
    }

    [Fact]
    public async Task The_other_servers_stay_beside_those_of_a_service()
    {
        using var own = TestServer.Echo("own");
        using var named = TestServer.Echo("named");
        await using var dns = DnsServerProcess.OnFreePort();
        await dns.ServeAsync(Record(named));
        await using var forwarder = await StartAsync(dns, $"127.0.0.1:{own.Port}");

        Assert.Equal("own", await AskNameAsync(forwarder));
        Assert.Equal("named", await AskNameAsync(forwarder));
    }

    private static string Record(TestServer server, int priority = 0, int weight = 1) =>
        $"srv-host={Service},localhost,{server.Port},{priority},{weight}";

    /// <summary>On a thread of its own: a start may wait for the DNS, and the pool's threads are what other tests run on.</summary>
    private Task<TestForwarder> StartAsync(DnsServerProcess dns, params string[] own)
    {
        Machine.NeedsCommand("dnsmasq");
        return Task.Factory.StartNew(
            () => engine.Start(Toml(dns, own)), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static string Toml(DnsServerProcess dns, params string[] own) => $"""
        [[listener]]
        bind = "127.0.0.1:0"
        [default]
        backend = "api"
        [backend.api]
        servers = [{string.Concat(own.Select(server => $"\"{server}\", "))}"srv+{Service}"]
        [dns]
        refresh = "1s"
        servers = ["{dns.Address}"]
        """;

    private static async Task<string> AskNameAsync(TestForwarder forwarder) =>
        (await TestClient.AskAsync(forwarder.Address, "any.example")).Split('\n')[0];

    private static async Task<TestClient> OpenAsync(TestForwarder forwarder, string server)
    {
        const string Request = "GET / HTTP/1.1\r\nHost: any.example\r\n\r\n";
        var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(Request);
        Assert.Equal($"{server}\n{Request}", System.Text.Encoding.ASCII.GetString(await client.ReadAsync(server.Length + 1 + Request.Length)));
        return client;
    }

    private static async Task AssertGoesOnAsync(TestClient open)
    {
        await open.SendAsync("more");
        open.EndSending();
        Assert.Equal("more", await open.ReadAllTextAsync());
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        var started = System.Diagnostics.Stopwatch.StartNew();
        while (!await holds()) Assert.True(started.Elapsed < Patience.Limit);
    }
}

public sealed class ServiceTestsOnEpoll() : ServiceTests(Engine.Epoll);

public sealed class ServiceTestsOnSockets() : ServiceTests(Engine.Sockets);
