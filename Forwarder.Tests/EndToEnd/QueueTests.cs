namespace SniForward.Tests.EndToEnd;

/// <summary>Servers and routes that may have only so many connections, and the line of those that wait.</summary>
public abstract class QueueTests(Engine engine)
{
    private const string Head = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

    [Fact]
    public async Task Who_waits_is_served_in_turn_as_soon_as_a_place_is_free()
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start(Config(server, "max_connections = 1\nqueue = 10\nqueue_timeout = \"1h\""));
        var clients = new List<TestClient>();
        System.Net.Sockets.Socket accepted = null!;
        for (var i = 0; i < 5; i++)
        {
            var client = await TestClient.ConnectAsync(forwarder);
            clients.Add(client);
            await client.SendAsync(Head + i);
            if (i == 0) accepted = await server.AcceptAsync();
            else WaitFor(forwarder, i);
        }

        for (var i = 0; i < 5; i++)
        {
            if (i > 0) accepted = await server.AcceptAsync();
            await accepted.SendLastAsync($"answer {i}");
            clients[i].EndSending();
            Assert.Equal(Head + i, await accepted.ReadAllTextAsync());
            Assert.Equal($"answer {i}", await clients[i].ReadAllTextAsync());
            clients[i].Dispose();
        }
        Assert.Equal(0, Waiting(forwarder));
    }

    [Fact]
    public async Task Who_finds_the_line_full_is_refused_at_once_and_who_waits_too_long_later()
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start(Config(server, "max_connections = 1\nqueue = 1\nqueue_timeout = \"500ms\""));
        using var first = await TestClient.ConnectAsync(forwarder);
        await first.SendAsync(Head);
        await server.AcceptAsync();
        using var second = await TestClient.ConnectAsync(forwarder);
        await second.SendAsync(Head);
        WaitFor(forwarder, 1);

        Assert.StartsWith("HTTP/1.1 503 ", await TestClient.AskAsync(forwarder.Address, "a.example"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 503 ", await second.ReadAllTextAsync(), StringComparison.Ordinal);
        Assert.Equal("backend_full", (await forwarder.NextAccessLineAsync()).End);
        Assert.Equal(0, Waiting(forwarder));
    }

    [Fact]
    public async Task A_crowd_that_waits_is_served_whole()
    {
        using var server = TestServer.Echo("served");
        await using var forwarder = engine.Start(Config(server, "max_connections = 3\nqueue = 1000\nqueue_timeout = \"1h\"\nbalance = \"least-connections\""));

        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => TestClient.AskAsync(forwarder.Address, "a.example"))).InTimeAsync();

        Assert.All(answers, answer => Assert.StartsWith("served\n", answer, StringComparison.Ordinal));
        Assert.Equal(0, Waiting(forwarder));
    }

    [Fact]
    public async Task A_route_has_no_more_connections_than_it_may()
    {
        using var server = TestServer.Echo("served");
        await using var forwarder = engine.Start(
            $"""
            [[listener]]
            bind = "127.0.0.1:0"
            [[route]]
            hosts = ["a.example"]
            backend = "127.0.0.1:{server.Port}"
            max_connections = 2
            [[route]]
            hosts = ["b.example"]
            backend = "127.0.0.1:{server.Port}"
            """);
        var open = new List<TestClient>();
        for (var i = 0; i < 2; i++)
        {
            open.Add(await TestClient.ConnectAsync(forwarder));
            await open[i].SendAsync(Head);
            await open[i].ReadAsync(1);
        }

        Assert.StartsWith("HTTP/1.1 503 ", await TestClient.AskAsync(forwarder.Address, "a.example"), StringComparison.Ordinal);
        Assert.Equal("route_limit", (await forwarder.NextAccessLineAsync()).End);
        Assert.StartsWith("served", await TestClient.AskAsync(forwarder.Address, "b.example"), StringComparison.Ordinal);
        await forwarder.NextAccessLineAsync();

        open[0].Dispose();
        await forwarder.NextAccessLineAsync();
        Assert.StartsWith("served", await TestClient.AskAsync(forwarder.Address, "a.example"), StringComparison.Ordinal);
        open[1].Dispose();
    }

    private static string Config(TestServer server, string backend) =>
        $"[[listener]]\nbind = \"127.0.0.1:0\"\n[default]\nbackend = \"all\"\n[backend.all]\nservers = [\"127.0.0.1:{server.Port}\"]\n{backend}\n";

    private static int Waiting(TestForwarder forwarder) => forwarder.Forwarder.Backends[0].Line!.Count;

    private static void WaitFor(TestForwarder forwarder, int waiting) =>
        Assert.True(SpinWait.SpinUntil(() => Waiting(forwarder) == waiting, Patience.Limit));
}

public sealed class QueueTestsOnEpoll() : QueueTests(Engine.Epoll);

public sealed class QueueTestsOnSockets() : QueueTests(Engine.Sockets);
