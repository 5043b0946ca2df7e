namespace SniForward.Tests.EndToEnd;

/// <summary>What becomes of a request whose server, or whose client, does not do its part.</summary>
public abstract class RequestFailureTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    private const string Post = "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1\r\n\r\nx";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Theory]
    [InlineData(Get)]
    [InlineData(Post)]
    public async Task A_server_that_ended_a_connection_at_rest_is_dialled_anew(string request)
    {
        using var pair = await StartAsync();
        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);

        using (var ended = pair.Server)
        {
            ended.EndSending();
            // It is closed as soon as that is heard of, and not with the next request.
            Assert.Equal("", await ended.ReadToEndAsync());
        }
        await pair.Client.SendAsync(request);
        using var server = await pair.AcceptAsync();
        await server.ExpectAsync(request);
        await pair.AnswerAsync(Ok);
    }

    [Theory]
    [InlineData(Get, false)]
    [InlineData("HEAD / HTTP/1.1\r\nHost: a.example\r\n\r\n", true)]
    [InlineData("DELETE / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n", true)]
    [InlineData("PUT / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1\r\n\r\nx", false)]
    public async Task An_idempotent_request_on_a_connection_that_dies_is_sent_again(string request, bool resets)
    {
        using var pair = await StartAsync();
        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);

        await pair.AskAsync(request);
        using (var dying = pair.Server)
        {
            if (resets) dying.Reset();
        }
        using var server = await pair.AcceptAsync();
        await server.ExpectAsync(request);
        await server.SendAsync("HTTP/1.1 204 No Content\r\n\r\n");
        await pair.Client.ExpectAsync("HTTP/1.1 204 No Content\r\n\r\n");
    }

    [Theory]
    [InlineData(Post, true)]
    [InlineData("X-GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", true)]
    [InlineData(Get, false)]
    public async Task Others_are_answered_502(string request, bool isUsed)
    {
        using var pair = await StartAsync();
        if (isUsed)
        {
            await pair.AskAsync(Get);
            await pair.AnswerAsync(Ok);
            await pair.Forwarder.NextAccessLineAsync();
        }

        await pair.AskAsync(request);
        pair.Server.Dispose();

        Assert.StartsWith("HTTP/1.1 502 Bad Gateway\r\n", await pair.Client.ReadToEndAsync(), StringComparison.Ordinal);
        pair.Client.EndSending();
        var line = await pair.Forwarder.NextAccessLineAsync();
        Assert.Equal(("no_answer", "502"), (line.End, line.Text("status")));
    }

    [Fact]
    public async Task A_request_is_not_sent_a_third_time()
    {
        using var pair = await StartAsync();
        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);

        await pair.AskAsync(Get);
        pair.Server.Dispose();
        using (var second = await pair.AcceptAsync()) await second.ExpectAsync(Get);

        Assert.StartsWith("HTTP/1.1 502 ", await pair.Client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    public async Task One_that_was_begun_to_be_answered_is_not_sent_again(string begun)
    {
        using var pair = await StartAsync();
        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);

        await pair.AskAsync(Get);
        await pair.Server.SendAsync(begun);
        pair.Server.EndSending();

        Assert.Contains("HTTP/1.1 502 ", await pair.Client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SSH-2.0-x\r\n")]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 2\n\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n")]
    public async Task An_answer_that_is_no_good_HTTP_is_answered_502_and_ends_the_server_s_connection(string answer)
    {
        using var pair = await StartAsync();

        await pair.AskAsync(Get);
        await pair.Server.SendAsync(answer);

        Assert.StartsWith("HTTP/1.1 502 ", await pair.Client.ReadToEndAsync(), StringComparison.Ordinal);
        pair.Client.Dispose();
        Assert.Equal("", await pair.Server.ReadToEndAsync());
        var line = await pair.Forwarder.NextAccessLineAsync();
        Assert.Equal("bad_answer", line.End);
        Assert.NotEqual("-", line.Text("reason"));
    }

    [Fact]
    public async Task A_head_that_is_too_large_is_answered_502()
    {
        using var pair = await StartAsync(more: "[limits]\npeek_bytes = \"4KiB\"");

        await pair.AskAsync(Get);
        await pair.Server.SendAsync($"HTTP/1.1 200 OK\r\nX: {new string('x', 5000)}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 502 ", await pair.Client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "zzz\r\n")]
    public async Task An_answer_that_breaks_off_is_no_whole_one_to_its_client(string begun, string rest)
    {
        using var pair = await StartAsync();

        await pair.AskAsync(Get);
        await pair.AnswerAsync(begun);
        await pair.Server.SendAsync(rest);
        pair.Server.EndSending();

        await pair.Client.ExpectResetAsync();
        Assert.Equal(rest.Length > 0 ? "bad_answer" : "server_reset", (await pair.Forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task What_a_server_says_behind_its_answer_is_for_nobody()
    {
        using var pair = await StartAsync();

        await pair.AskAsync(Get);
        await pair.Server.SendAsync(Ok + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
        await pair.Client.ExpectAsync(Ok);
        await pair.Client.SendAsync(Get);
        using var server = await pair.AcceptAsync();
        await server.ExpectAsync(Get);
        await pair.AnswerAsync(Ok);
    }

    [Fact]
    public async Task What_a_server_says_unasked_is_for_nobody()
    {
        using var pair = await StartAsync();

        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);
        var first = pair.Server;
        await first.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
        // That closed it.
        await Assert.ThrowsAnyAsync<Exception>(async () => Assert.NotEqual("", await first.ReadToEndAsync()));
        await pair.Client.SendAsync(Get);
        using var server = await pair.AcceptAsync();
        await server.ExpectAsync(Get);
        await pair.AnswerAsync(Ok);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a.example\r\nHost: a.example\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\nHost: a.example\n\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a.example\r\nX: y\r\n z\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")]
    [InlineData("\x01\x02 is no request\r\n\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    public async Task A_request_that_could_be_understood_in_two_ways_is_answered_400_and_goes_no_further(string request)
    {
        using var pair = await StartAsync();
        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);
        await pair.Forwarder.NextAccessLineAsync();

        await pair.Client.SendAsync(request);

        Assert.StartsWith("HTTP/1.1 400 ", await pair.Client.ReadToEndAsync(), StringComparison.Ordinal);
        pair.Client.Dispose();
        Assert.Equal("", await pair.Server.ReadToEndAsync());
        var line = await pair.Forwarder.NextAccessLineAsync();
        Assert.Equal("malformed", line.End);
    }

    [Fact]
    public async Task A_body_that_turns_out_malformed_cuts_the_server_off_and_is_answered_400()
    {
        using var pair = await StartAsync();

        await pair.AskAsync("POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        await pair.Client.SendAsync("5\nhello");

        Assert.StartsWith("HTTP/1.1 400 ", await pair.Client.ReadToEndAsync(), StringComparison.Ordinal);
        await pair.Server.ExpectResetAsync();
        pair.Client.EndSending();
        var line = await pair.Forwarder.NextAccessLineAsync();
        Assert.Equal(("malformed", "400"), (line.End, line.Text("status")));
        Assert.Contains("chunk", line.Text("reason"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_ends_in_the_middle_of_its_body_has_sent_no_request()
    {
        using var pair = await StartAsync();

        await pair.AskAsync("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\nabc");
        pair.Client.EndSending();

        await pair.Server.ExpectResetAsync();
        Assert.StartsWith("HTTP/1.1 400 ", await pair.Client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_has_ended_its_side_still_gets_its_answer()
    {
        using var pair = await StartAsync();

        await pair.AskAsync(Get);
        pair.Client.EndSending();
        await pair.AnswerAsync(Ok);

        Assert.Equal("", await pair.Client.ReadToEndAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na")]
    public async Task The_server_of_a_client_that_resets_is_reset(string begun)
    {
        using var pair = await StartAsync();

        await pair.AskAsync(Get);
        if (begun.Length > 0) await pair.AnswerAsync(begun);
        pair.Client.Reset();

        await pair.Server.ExpectResetAsync();
        Assert.Equal("client_reset", (await pair.Forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_request_that_no_server_can_be_reached_for_is_answered_502()
    {
        await using var forwarder = engine.Start($"""
            [[listener]]
            bind = "127.0.0.1:0"
            http_routing = "request"
            default = "127.0.0.1:{TestServer.RefusingPort()}"
            """);
        using var client = await Wire.ConnectAsync(forwarder);

        await client.SendAsync(Get);

        Assert.StartsWith("HTTP/1.1 502 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        client.EndSending();
        var line = await forwarder.NextAccessLineAsync();
        Assert.Equal(("backend_unreachable", "GET", "502"), (line.End, line.Text("method"), line.Text("status")));
    }

    private Task<RequestPair> StartAsync(string more = "") => RequestPair.StartAsync(engine, more: more);
}

public sealed class RequestFailureTestsOnEpoll() : RequestFailureTests(Engine.Epoll);

public sealed class RequestFailureTestsOnSockets() : RequestFailureTests(Engine.Sockets);
