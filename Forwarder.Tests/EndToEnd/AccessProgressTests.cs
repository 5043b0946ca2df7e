using SniForward.Startup;
using SniForward.Transport.Sockets;

namespace SniForward.Tests.EndToEnd;

/// <summary>A connection that stays open is logged meanwhile.</summary>
public abstract class AccessProgressTests(Engine engine)
{
    private protected const string Request = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

    [Fact]
    public async Task It_has_a_line_every_interval_with_what_it_has_carried_so_far_and_one_at_its_end()
    {
        using var server = TestServer.Echo("hello");
        await using var forwarder = Start(server, "access_interval = \"1s\"");
        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(Request);
        await client.ReadAsync($"hello\n{Request}".Length);

        var first = await forwarder.NextAccessLineAsync();
        await client.SendAsync("more");
        await client.ReadAsync("more".Length);
        var second = await forwarder.NextAccessLineAsync();
        client.EndSending();
        await client.ReadAllAsync();
        var last = await forwarder.NextAccessLineAsync();
        // One more may have come before the end.
        while (last.End == "open") last = await forwarder.NextAccessLineAsync();

        Assert.Equal(("open", Request.Length), (first.End, first.BytesUp));
        Assert.Equal("open", second.End);
        Assert.InRange(second.BytesUp, first.BytesUp, Request.Length + 4);
        Assert.Equal(("completed", Request.Length + 4), (last.End, last.BytesUp));
        Assert.Equal([first.Text("id"), first.Text("id")], [second.Text("id"), last.Text("id")]);
        Assert.InRange(first.Seconds("duration"), 1, double.MaxValue);
        Assert.InRange(second.Seconds("duration"), first.Seconds("duration") + 0.9, double.MaxValue);
        Assert.Equal("a.example", second.Name);
        Assert.Equal(first.Text("server"), last.Text("server"));
    }

    [Fact]
    public async Task The_next_connection_of_an_object_is_not_logged_for_the_last_ones_sake()
    {
        using var server = TestServer.Echo("hello");
        await using (var forwarder = Start(server, "access_interval = \"24h\""))
        {
            for (var i = 0; i < 3; i++) await TestClient.AskAsync(forwarder.Address, "a.example");
            for (var i = 0; i < 3; i++) Assert.Equal("completed", (await forwarder.NextAccessLineAsync()).End);
        }
    }

    [Fact]
    public async Task How_long_the_peek_took_is_a_part_of_the_duration()
    {
        using var server = TestServer.Echo("hello");
        await using var forwarder = Start(server, "");
        using var client = await TestClient.ConnectAsync(forwarder);
        // Until the engine has looked for a request and found none: its clock stands still meanwhile.
        await forwarder.ConnectionAtAsync("peeking");

        await client.SendAsync(Request);
        client.EndSending();
        await client.ReadAllAsync();

        var line = await forwarder.NextAccessLineAsync();
        Assert.InRange(line.Seconds("peek"), 0.000001, line.Seconds("duration"));
    }

    private TestForwarder Start(TestServer server, string log) =>
        engine.Start(Configuration(server, log));

    private protected static string Configuration(TestServer server, string log) =>
        $"[[listener]]\nbind = \"127.0.0.1:0\"\n[default]\nbackend = \"127.0.0.1:{server.Port}\"\n[log]\n{log}\n";
}

public sealed class AccessProgressTestsOnEpoll() : AccessProgressTests(Engine.Epoll);

public sealed class AccessProgressTestsOnSockets() : AccessProgressTests(Engine.Sockets)
{
    [Fact]
    public async Task A_timer_that_fires_too_early_is_set_again()
    {
        using var server = TestServer.Echo("hello");
        var engines = new Engines([new SocketsTransport(new EarlyTime(TimeSpan.FromSeconds(0.3)))], Pipes: 0);
        await using var forwarder = TestForwarder.Start(Configuration(server, "access_interval = \"1s\""), engines);
        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(Request);
        await client.ReadAsync($"hello\n{Request}".Length);

        var line = await forwarder.NextAccessLineAsync();

        Assert.Equal("open", line.End);
        Assert.InRange(line.Seconds("duration"), 1, double.MaxValue);
    }
}
