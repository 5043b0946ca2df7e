using SniForward.Tests.Peeking;

namespace SniForward.Tests.EndToEnd;

/// <summary>First flights hold no more memory together than they may, and give back all that they took, however they end.</summary>
public abstract class PeekMemoryTests(Engine engine)
{
    private const int Crowd = 100;
    private const int FlightMemory = 60 * 1024;
    private const string Unfinished = "GET / HTTP/1.1\r\nHost: a.example\r\nX: ";

    private static readonly string Large = Unfinished.PadRight(FlightMemory, 'x');

    [Fact]
    public async Task A_crowd_of_large_heads_that_are_never_finished_holds_what_it_may_and_others_are_served()
    {
        const long Budget = 1 << 20;
        using var server = TestServer.Echo("served");
        await using var forwarder = Start(server, "[limits]\npeek_memory = \"1MiB\"\n[timeouts]\npeek = \"10m\"");
        var crowd = new List<TestClient>();
        var answers = new List<Task<string>>();
        for (var i = 0; i < Crowd; i++)
        {
            var client = await TestClient.ConnectAsync(forwarder);
            crowd.Add(client);
            answers.Add(SendAndReadAsync(client));
        }

        // Each has all that it needs or was refused.
        Assert.True(SpinWait.SpinUntil(() => IsSettled(forwarder, answers), Patience.Limit), $"{forwarder.Forwarder.PeekMemory} of {forwarder.Forwarder.OpenConnections}");
        Assert.InRange(forwarder.Forwarder.PeekMemory, FlightMemory, Budget);
        Assert.InRange(answers.Count(answer => answer.IsCompleted), Crowd - (int)(Budget / FlightMemory), Crowd - 1);
        await AskAsync(forwarder, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        foreach (var answer in answers.Where(answer => answer.IsCompleted)) Assert.StartsWith("HTTP/1.1 503 ", await answer, StringComparison.Ordinal);
        Assert.Equal("peek_memory", (await forwarder.NextAccessLineAsync()).End);

        crowd.ForEach(client => client.Dispose());
        Assert.True(SpinWait.SpinUntil(() => forwarder.Forwarder.OpenConnections == 0, Patience.Limit));
        Assert.Equal(0, forwarder.Forwarder.PeekMemory);
        await AskAsync(forwarder, Large + "\r\n\r\n");
        Assert.Equal(0, forwarder.Forwarder.PeekMemory);
    }

    [Theory]
    [InlineData("\r\n\r\n", "completed")]
    [InlineData("\r\nHost: b.example\r\n\r\n", "malformed")]
    [InlineData("", "client_ended_early")]
    public async Task However_a_large_flight_ends_nothing_stays_taken(string rest, string end)
    {
        using var server = TestServer.Echo("served");
        await using var forwarder = Start(server);

        await SendAllAsync(forwarder, Large + rest);

        Assert.Equal((end, 0), ((await forwarder.NextAccessLineAsync()).End, forwarder.Forwarder.PeekMemory));
    }

    [Fact]
    public async Task What_a_connection_holds_that_is_open_for_long_is_not_counted()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server);
        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(Large + "\r\n\r\n");

        using var accepted = await server.AcceptAsync();
        await accepted.SendLastAsync("hello");

        Assert.Equal("hello", await client.ReadAllTextAsync());
        Assert.Equal((1, 0), (forwarder.Forwarder.OpenConnections, forwarder.Forwarder.PeekMemory));
    }

    [Fact]
    public async Task A_client_that_resets_or_is_cut_gives_back_what_it_took()
    {
        using var server = TestServer.Echo("served");
        await using var forwarder = Start(server, "[timeouts]\npeek = \"10m\"");
        using var resets = await TestClient.ConnectAsync(forwarder);
        await resets.SendAsync(Large);
        Assert.True(SpinWait.SpinUntil(() => forwarder.Forwarder.PeekMemory == FlightMemory, Patience.Limit));
        resets.Reset();
        Assert.Equal("client_reset_early", (await forwarder.NextAccessLineAsync()).End);
        Assert.Equal(0, forwarder.Forwarder.PeekMemory);

        using var cut = await TestClient.ConnectAsync(forwarder);
        await cut.SendAsync(Large);
        Assert.True(SpinWait.SpinUntil(() => forwarder.Forwarder.PeekMemory == FlightMemory, Patience.Limit));
        await forwarder.Forwarder.StopAsync(TimeSpan.Zero, CancellationToken.None);

        Assert.Equal("drained", (await forwarder.NextAccessLineAsync()).End);
        Assert.Equal(0, forwarder.Forwarder.PeekMemory);
    }

    [Fact]
    public async Task A_large_PROXY_header_is_counted_until_it_and_what_follows_have_left()
    {
        using var server = TestServer.Echo("served");
        await using var forwarder = Start(server, listener: "proxy_protocol = \"required\"\ntrusted_proxies = [\"127.0.0.1\"]");
        var header = ProxyHeaderBuilder.Binary(0x21, 0x11, [.. ProxyHeaderBuilder.Inet, .. ProxyHeaderBuilder.Tlv(0x04, new byte[20_000])]);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(header);
        Assert.True(SpinWait.SpinUntil(() => forwarder.Forwarder.PeekMemory == FlightMemory, Patience.Limit));
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        client.EndSending();

        Assert.StartsWith("served", await client.ReadAllTextAsync(), StringComparison.Ordinal);
        Assert.Equal(("completed", 0), ((await forwarder.NextAccessLineAsync()).End, forwarder.Forwarder.PeekMemory));
    }

    [Fact]
    public async Task A_large_hello_behind_a_PostgreSQL_request_is_counted_and_refused_in_TLS()
    {
        using var server = TestServer.Echo("served");
        await using var forwarder = Start(server, "[limits]\npeek_memory = \"1MiB\"\n[timeouts]\npeek = \"10m\"", "protocols = [\"tls\", \"http\", \"postgres\"]");
        var crowd = new List<TestClient>();
        for (var i = 0; i < (1 << 20) / FlightMemory; i++)
        {
            crowd.Add(await TestClient.ConnectAsync(forwarder));
            await crowd[^1].SendAsync(Large);
            Assert.True(SpinWait.SpinUntil(() => forwarder.Forwarder.PeekMemory == crowd.Count * FlightMemory, Patience.Limit));
        }
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(new byte[] { 0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f });
        Assert.Equal("S"u8.ToArray(), await client.ReadAsync(1));
        await client.SendAsync((byte[])[0x16, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xfc, 3, 3, .. new byte[16_000]]);
        await client.SendAsync((byte[])[.. new byte[373], 0x16, 3, 3, 0x40, 0, .. new byte[4_000]]);

        Assert.Equal(new byte[] { 21, 3, 3, 0, 2, 2, 80 }, await client.ReadAllAsync());
        client.EndSending();
        Assert.Equal("peek_memory", (await forwarder.NextAccessLineAsync()).End);
        crowd.ForEach(one => one.Dispose());
        Assert.True(SpinWait.SpinUntil(() => forwarder.Forwarder.OpenConnections == 0, Patience.Limit));
        Assert.Equal(0, forwarder.Forwarder.PeekMemory);
    }

    private static bool IsSettled(TestForwarder forwarder, List<Task<string>> answers) =>
        forwarder.Forwarder.OpenConnections is var open && forwarder.Forwarder.PeekMemory == open * (long)FlightMemory
        && answers.Count(answer => !answer.IsCompleted) == open;

    private static async Task<string> SendAndReadAsync(TestClient client)
    {
        await client.SendAsync(Large);
        var answer = await client.ReadAllTextAsync();
        client.EndSending();
        return answer;
    }

    private static async Task AskAsync(TestForwarder forwarder, string request) =>
        Assert.StartsWith("served", await SendAllAsync(forwarder, request), StringComparison.Ordinal);

    private static async Task<string> SendAllAsync(TestForwarder forwarder, string request)
    {
        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(request);
        client.EndSending();
        return await client.ReadAllTextAsync();
    }

    private TestForwarder Start(TestServer server, string more = "", string listener = "") =>
        engine.Start($"[[listener]]\nbind = \"127.0.0.1:0\"\n{listener}\n[default]\nbackend = \"127.0.0.1:{server.Port}\"\n{more}");
}

public sealed class PeekMemoryTestsOnEpoll() : PeekMemoryTests(Engine.Epoll);

public sealed class PeekMemoryTestsOnSockets() : PeekMemoryTests(Engine.Sockets);
