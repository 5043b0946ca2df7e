using SniForward.Tests.Peeking;

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

    [Theory]
    [InlineData(0)]
    [InlineData(200_000)]
    public async Task Who_resets_its_connection_gives_its_place_up_at_once(int more)
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start(Config(server, "max_connections = 1\nqueue = 1\nqueue_timeout = \"1h\""));
        using var first = await TestClient.ConnectAsync(forwarder);
        await first.SendAsync(Head);
        using var accepted = await server.AcceptAsync();
        using var second = await TestClient.ConnectAsync(forwarder);
        await second.SendAsync(Head);
        WaitFor(forwarder, 1);
        // What it sends now nobody reads, and a reset that follows is heard of all the same.
        await second.SendAsync(new string('x', more));

        second.Reset();

        Assert.Equal("client_left", (await forwarder.NextAccessLineAsync()).End);
        await AssertPlaceIsFreeAsync(forwarder, server, accepted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_ends_in_the_middle_of_a_handshake_gives_its_place_up_even_if_it_ended_before(bool before)
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start(Config(server, "max_connections = 1\nqueue = 1\nqueue_timeout = \"1h\""));
        using var first = await TestClient.ConnectAsync(forwarder);
        await first.SendAsync(Head);
        using var accepted = await server.AcceptAsync();
        using var second = await TestClient.ConnectAsync(forwarder);
        await second.SendAsync(HelloBuilder.For("a.example", "h2").Records());
        if (!before) WaitFor(forwarder, 1);

        second.EndSending();

        Assert.Empty(await second.ReadAllAsync());
        Assert.Equal("client_left", (await forwarder.NextAccessLineAsync()).End);
        await AssertPlaceIsFreeAsync(forwarder, server, accepted);
    }

    [Fact]
    public async Task Who_has_asked_and_ended_its_side_keeps_its_place_and_what_it_sent_while_it_waited_arrives()
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start(Config(server, "max_connections = 1\nqueue = 1\nqueue_timeout = \"1h\""));
        using var first = await TestClient.ConnectAsync(forwarder);
        await first.SendAsync(Head);
        var accepted = await server.AcceptAsync();
        using var second = await TestClient.ConnectAsync(forwarder);
        await second.SendAsync(Head);
        WaitFor(forwarder, 1);

        var body = string.Concat(Enumerable.Range(0, 5_000).Select(i => $"{i} "));
        await second.SendAsync(body);
        second.EndSending();
        await accepted.SendLastAsync("answer 1");
        first.EndSending();
        Assert.Equal("answer 1", await first.ReadAllTextAsync());
        accepted.Dispose();
        accepted = await server.AcceptAsync();

        Assert.Equal(Head + body, await accepted.ReadAllTextAsync());
        await accepted.SendLastAsync("answer 2");
        Assert.Equal("answer 2", await second.ReadAllTextAsync());
        accepted.Dispose();
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

    /// <summary>The line's only place: somebody takes it, and is served once the first has left.</summary>
    private static async Task AssertPlaceIsFreeAsync(TestForwarder forwarder, TestServer server, System.Net.Sockets.Socket first)
    {
        Assert.Equal(0, Waiting(forwarder));
        var asking = TestClient.AskAsync(forwarder.Address, "a.example");
        WaitFor(forwarder, 1);
        first.Dispose();
        using var next = await server.AcceptAsync();
        await next.SendLastAsync("served");
        Assert.Equal("served", await asking);
    }

    private static string Config(TestServer server, string backend) =>
        $"[[listener]]\nbind = \"127.0.0.1:0\"\n[default]\nbackend = \"all\"\n[backend.all]\nservers = [\"127.0.0.1:{server.Port}\"]\n{backend}\n";

    private static int Waiting(TestForwarder forwarder) => forwarder.Forwarder.Backends[0].Line!.Count;

    private static void WaitFor(TestForwarder forwarder, int waiting) =>
        Assert.True(SpinWait.SpinUntil(() => Waiting(forwarder) == waiting, Patience.Limit));
}

public sealed class QueueTestsOnEpoll() : QueueTests(Engine.Epoll);

public sealed class QueueTestsOnSockets() : QueueTests(Engine.Sockets);
