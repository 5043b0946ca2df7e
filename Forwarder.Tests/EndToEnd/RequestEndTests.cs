using SniForward.Startup.Configuration;

namespace SniForward.Tests.EndToEnd;

/// <summary>When a connection whose requests are routed one by one ends: by its deadlines, a drain, a reload or a limit.</summary>
public abstract class RequestEndTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Fact]
    public async Task A_client_that_asks_nothing_more_is_closed_in_order()
    {
        using var pair = await RequestPair.StartAsync(engine, more: "[timeouts]\nkeep_alive = \"200ms\"");

        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);

        Assert.Equal("", await pair.Client.ReadToEndAsync());
        Assert.Equal("", await pair.Server.ReadToEndAsync());
        Assert.Equal("completed", (await pair.Forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up_with_504()
    {
        using var pair = await RequestPair.StartAsync(engine, more: "[timeouts]\nidle = \"300ms\"");

        await pair.AskAsync(Get);

        Assert.StartsWith("HTTP/1.1 504 ", await pair.Client.ReadToEndAsync(), StringComparison.Ordinal);
        await pair.Server.ExpectResetAsync();
        pair.Client.EndSending();
        var line = await pair.Forwarder.NextAccessLineAsync();
        Assert.Equal(("answer_timeout", "504"), (line.End, line.Text("status")));
    }

    [Fact]
    public async Task An_answer_that_stops_is_cut_off()
    {
        using var pair = await RequestPair.StartAsync(engine, more: "[timeouts]\nidle = \"300ms\"");

        await pair.AskAsync(Get);
        await pair.AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");

        await pair.Client.ExpectResetAsync();
        Assert.Equal("idle_timeout", (await pair.Forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_body_that_stops_is_cut_off()
    {
        using var pair = await RequestPair.StartAsync(engine, more: "[timeouts]\nidle = \"300ms\"");

        await pair.AskAsync("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\nabc");

        await pair.Client.ExpectResetAsync();
        await pair.Server.ExpectResetAsync();
        Assert.Equal("idle_timeout", (await pair.Forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task An_exchange_goes_on_for_as_long_as_something_moves()
    {
        using var pair = await RequestPair.StartAsync(engine, more: "[timeouts]\nidle = \"1s\"");
        const int parts = 6;

        await pair.AskAsync(Get);
        await pair.AnswerAsync($"HTTP/1.1 200 OK\r\nContent-Length: {parts}\r\n\r\n");
        for (var i = 0; i < parts; i++)
        {
            // The time that passes is what is tested.
            await Task.Delay(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken);
            await pair.AnswerAsync("x");
        }
        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);
    }

    [Fact]
    public async Task A_request_whose_head_stops_is_told_408()
    {
        using var pair = await RequestPair.StartAsync(engine, more: "[timeouts]\npeek = \"300ms\"");
        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);

        await pair.Client.SendAsync("GET / HTTP/1.1\r\nHost:");

        Assert.StartsWith("HTTP/1.1 408 ", await pair.Client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_that_is_too_large_is_told_431()
    {
        using var pair = await RequestPair.StartAsync(engine, more: "[limits]\npeek_bytes = \"2KiB\"");
        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);

        await pair.Client.SendAsync($"GET /{new string('x', 3000)} HTTP/1.1\r\nHost: a.example\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 431 ", await pair.Client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_drain_closes_who_waits_for_nothing_and_the_others_after_their_answer()
    {
        using var pair = await RequestPair.StartAsync(engine);
        using var idle = await Wire.ConnectAsync(pair.Forwarder);
        await idle.SendAsync(Get);
        using (var server = await pair.AcceptAsync())
        {
            await server.ExpectAsync(Get);
            await server.SendAsync(Ok);
        }
        await idle.ExpectAsync(Ok);
        await pair.Client.SendAsync(Get);
        await (await pair.AcceptAsync()).ExpectAsync(Get);

        var draining = pair.Forwarder.Forwarder.DrainAsync(Patience.Limit, TestContext.Current.CancellationToken);
        Assert.Equal("", await idle.ReadToEndAsync());
        idle.Dispose();
        await pair.Server.SendAsync(Ok);

        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", await pair.Client.ReadToEndAsync());
        pair.Client.Dispose();
        await draining.InTimeAsync();
    }

    [Fact]
    public async Task A_drain_lets_a_request_that_has_begun_be_answered()
    {
        using var pair = await RequestPair.StartAsync(engine);
        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);
        await pair.Client.SendAsync(Get[..20]);
        await pair.Forwarder.ConnectionAtAsync("peeking");

        var draining = pair.Forwarder.Forwarder.DrainAsync(Patience.Limit, TestContext.Current.CancellationToken);
        await pair.Client.SendAsync(Get[20..] + Get);
        await pair.Server.ExpectAsync(Get);
        await pair.Server.SendAsync(Ok);

        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", await pair.Client.ReadToEndAsync());
        pair.Client.Dispose();
        await draining.InTimeAsync();
    }

    [Fact]
    public async Task A_drain_lets_an_upload_that_was_answered_early_go_on()
    {
        using var pair = await RequestPair.StartAsync(engine);
        await pair.AskAsync("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 6\r\n\r\nabc");
        await pair.AnswerAsync(Ok);

        var draining = pair.Forwarder.Forwarder.DrainAsync(Patience.Limit, TestContext.Current.CancellationToken);
        await pair.AskAsync("def");

        Assert.Equal("", await pair.Client.ReadToEndAsync());
        pair.Client.Dispose();
        await draining.InTimeAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("Connection: close\r\n")]
    public async Task An_upload_that_was_answered_early_goes_on_for_as_long_as_it_moves(string field)
    {
        using var pair = await RequestPair.StartAsync(engine, more: "[timeouts]\nidle = \"1500ms\"");
        const int parts = 8;
        await pair.AskAsync($"POST / HTTP/1.1\r\nHost: a.example\r\n{field}Content-Length: {parts}\r\n\r\n");
        await pair.AnswerAsync(Ok);

        for (var i = 0; i < parts; i++)
        {
            // The time that passes is what is tested.
            await Task.Delay(TimeSpan.FromMilliseconds(400), TestContext.Current.CancellationToken);
            await pair.AskAsync("x");
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1000\r\n", 4096, "\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n", "", 4096, "")]
    public async Task A_client_that_reads_nothing_is_cut_off_and_its_server_is_free(string head, string before, int size, string after)
    {
        using var server = TestServer.Start(async stream =>
        {
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(head));
            var part = System.Text.Encoding.ASCII.GetBytes(before + new string('x', size) + after);
            while (true) await stream.WriteAsync(part);
        });
        await using var forwarder = engine.Start($$"""
            [[listener]]
            bind = "127.0.0.1:0"
            http_routing = "request"
            default = "one"
            [backend.one]
            servers = ["127.0.0.1:{{server.Port}}"]
            max_connections = 1
            [timeouts]
            idle = "500ms"
            """);
        using var client = await Wire.ConnectAsync(forwarder);

        await client.SendAsync(Get);

        Assert.Equal("idle_timeout", (await forwarder.NextAccessLineAsync()).End);
        using var next = await Wire.ConnectAsync(forwarder);
        await next.SendAsync(Get);
        Assert.StartsWith("HTTP/1.1 200 ", await next.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Get + Get)]
    [InlineData("GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")]
    public async Task A_connection_that_an_operator_closes_is_closed_on_both_sides(string request)
    {
        using var pair = await RequestPair.StartAsync(engine);
        await pair.Client.SendAsync(request);
        await (await pair.AcceptAsync()).ReadHeadAsync();

        var open = Assert.Single(await pair.Forwarder.Forwarder.View.ConnectionsAsync());
        Assert.True(await pair.Forwarder.Forwarder.View.CloseAsync(open.Id));

        await pair.Server.ExpectResetAsync();
        await pair.Client.ExpectResetAsync();
        Assert.Equal("closed_by_operator", (await pair.Forwarder.NextAccessLineAsync()).End);
    }

    [Theory]
    [InlineData(Get + Get)]
    [InlineData("GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")]
    public async Task A_client_that_resets_is_heard_of_whatever_it_has_sent(string request)
    {
        using var pair = await RequestPair.StartAsync(engine);
        await pair.Client.SendAsync(request);
        await (await pair.AcceptAsync()).ReadHeadAsync();

        pair.Client.Reset();

        await pair.Server.ExpectResetAsync();
        Assert.Equal("client_reset", (await pair.Forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_server_that_is_taken_out_keeps_no_connection_not_even_at_rest()
    {
        using var pair = await RequestPair.StartAsync(engine);
        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);
        await pair.Forwarder.ConnectionAtAsync("resting");

        var backend = pair.Forwarder.Forwarder.Backends[0];
        pair.Forwarder.Forwarder.View.Set(backend.Name, backend.Servers[0].Name, SniForward.Selecting.ServerAdmin.Out);

        Assert.Equal("", await pair.Server.ReadToEndAsync());
        await pair.Client.SendAsync(Get);
        Assert.StartsWith("HTTP/1.1 503 ", await pair.Client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("connections_per_client = 1")]
    [InlineData("new_connections_per_client = { rate = \"1/m\", burst = 1 }")]
    public async Task A_client_s_limits_hold(string limit)
    {
        using var pair = await RequestPair.StartAsync(engine, more: $"[limits]\n{limit}");
        using var second = await Wire.ConnectAsync(pair.Forwarder);

        // Whichever was accepted first.
        await Task.WhenAll(pair.Client.SendAsync(Get), second.SendAsync(Get));
        await (await pair.AcceptAsync()).ExpectAsync(Get);

        Assert.Equal(("client_limit", "a.example"), await LineOf(pair.Forwarder));

        static async Task<(string, string)> LineOf(TestForwarder forwarder)
        {
            var line = await forwarder.NextAccessLineAsync();
            return (line.End, line.Name);
        }
    }

    [Fact]
    public async Task Requests_that_wait_hold_no_memory_of_the_peek()
    {
        using var pair = await RequestPair.StartAsync(engine);
        var large = $"GET / HTTP/1.1\r\nHost: a.example\r\nX: {new string('x', 30_000)}\r\n\r\n";

        await pair.AskAsync(large);

        Assert.Equal(0, pair.Forwarder.Forwarder.PeekMemory);
        await pair.AnswerAsync(Ok);
    }

    [Fact]
    public async Task The_next_request_goes_by_the_configuration_of_its_time()
    {
        using var pair = await RequestPair.StartAsync(engine);
        using var other = TestServer.Start();
        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);

        var bind = $"{engine.Line()}\n[[listener]]\nbind = \"127.0.0.1:0\"\n";
        pair.Forwarder.Forwarder.Reload(Config(bind + $"http_routing = \"request\"\ndefault = \"127.0.0.1:{other.Port}\""));
        await pair.Client.SendAsync(Get);
        using var server = await Wire.AcceptAsync(other);
        await server.ExpectAsync(Get);
        await server.SendAsync(Ok);
        await pair.Client.ExpectAsync(Ok);

        // The connection of before serves nobody any more.
        Assert.Equal("", await pair.Server.ReadToEndAsync());
    }

    [Fact]
    public async Task An_answer_that_is_under_way_at_a_reload_arrives()
    {
        using var pair = await RequestPair.StartAsync(engine);
        using var other = TestServer.Start();
        await pair.AskAsync(Get);

        var bind = $"{engine.Line()}\n[[listener]]\nbind = \"127.0.0.1:0\"\n";
        pair.Forwarder.Forwarder.Reload(Config(bind + $"default = \"127.0.0.1:{other.Port}\""));

        await pair.AnswerAsync(Ok);
    }

    [Fact]
    public async Task Requests_that_come_too_fast_are_told_429_and_when_to_come_again()
    {
        using var pair = await RequestPair.StartAsync(engine, listener: "requests_per_client = { rate = \"1/m\", burst = 2 }");
        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);
        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);
        await pair.Forwarder.NextAccessLineAsync();
        await pair.Forwarder.NextAccessLineAsync();

        await pair.Client.SendAsync(Get);

        var answer = await pair.Client.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 429 Too Many Requests\r\n", answer, StringComparison.Ordinal);
        Assert.Matches("\r\nRetry-After: (5[0-9]|60)\r\n", answer);
        pair.Client.EndSending();
        var line = await pair.Forwarder.NextAccessLineAsync();
        Assert.Equal(("request_limit", "429"), (line.End, line.Text("status")));
    }

    [Fact]
    public async Task A_route_s_limit_holds_for_connections_that_ask_for_it()
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start($"""
            [[listener]]
            bind = "127.0.0.1:0"
            http_routing = "request"
            default = "127.0.0.1:{server.Port}"
            [[route]]
            hosts = ["few.example"]
            max_connections = 1
            backend = "127.0.0.1:{server.Port}"
            """);
        const string few = "GET / HTTP/1.1\r\nHost: few.example\r\n\r\n";
        using var first = await Wire.ConnectAsync(forwarder);
        using var second = await Wire.ConnectAsync(forwarder);
        await first.SendAsync(few);
        using var ofFirst = await Wire.AcceptAsync(server);
        await ofFirst.ExpectAsync(few);
        await ofFirst.SendAsync(Ok);
        await first.ExpectAsync(Ok);

        await second.SendAsync(few);
        Assert.StartsWith("HTTP/1.1 503 ", await second.ReadToEndAsync(), StringComparison.Ordinal);

        // Once the first asks for another, its place is free.
        await first.SendAsync(Get);
        using var elsewhere = await Wire.AcceptAsync(server);
        await elsewhere.ExpectAsync(Get);
        using var third = await Wire.ConnectAsync(forwarder);
        await third.SendAsync(few);
        using var ofThird = await Wire.AcceptAsync(server);
        await ofThird.ExpectAsync(few);
    }

    private static ForwarderConfig Config(string toml) => ConfigReader.Read(toml, "test.toml").Config!;
}

public sealed class RequestEndTestsOnEpoll() : RequestEndTests(Engine.Epoll);

public sealed class RequestEndTestsOnSockets() : RequestEndTests(Engine.Sockets);
