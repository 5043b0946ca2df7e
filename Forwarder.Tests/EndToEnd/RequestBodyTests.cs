using System.Security.Cryptography;
using System.Text;

namespace SniForward.Tests.EndToEnd;

/// <summary>Where each message ends, both ways: the next request begins there, and nothing of a body is lost, added or held back.</summary>
public abstract class RequestBodyTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: z\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nabc")]
    public async Task The_next_request_comes_after_an_answer(string answer)
    {
        using var pair = await StartAsync();

        for (var i = 0; i < 3; i++)
        {
            await pair.AskAsync(Get);
            await pair.AnswerAsync(answer);
        }
    }

    [Fact]
    public async Task The_answer_to_HEAD_has_no_body()
    {
        const string head = "HEAD / HTTP/1.1\r\nHost: a.example\r\n\r\n";
        using var pair = await StartAsync();

        foreach (var fields in new[] { "Content-Length: 5", "Transfer-Encoding: chunked", "X: y" })
        {
            await pair.AskAsync(head);
            await pair.AnswerAsync($"HTTP/1.1 200 OK\r\n{fields}\r\n\r\n");
        }
        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);
    }

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\nhello")]
    [InlineData("Content-Length: 0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nA: b\r\n\r\n")]
    public async Task The_next_request_comes_after_a_body(string rest)
    {
        using var pair = await StartAsync();

        for (var i = 0; i < 3; i++)
        {
            await pair.AskAsync($"POST /{i} HTTP/1.1\r\nHost: a.example\r\n{rest}");
            await pair.AnswerAsync(Ok);
        }
    }

    [Fact]
    public async Task A_body_is_not_held_back()
    {
        using var pair = await StartAsync();

        await pair.AskAsync("POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n");
        foreach (var part in new[] { "5\r\nhe", "llo\r\n", "5", "\r\nworld\r\n0", "\r\n", "\r\n" })
        {
            await pair.Client.SendAsync(part);
            await pair.Server.ExpectAsync(part);
        }
        await pair.Server.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
        await pair.Client.ReadHeadAsync();
        foreach (var part in new[] { "hel", "lo", "world" })
        {
            await pair.Server.SendAsync(part);
            await pair.Client.ExpectAsync(part);
        }
        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);
    }

    [Fact]
    public async Task Both_bodies_move_at_the_same_time()
    {
        using var pair = await StartAsync();
        const int parts = 50;

        var head = $"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: {parts}\r\n\r\n";
        await pair.AskAsync(head);
        await pair.AnswerAsync($"HTTP/1.1 200 OK\r\nContent-Length: {parts}\r\n\r\n");
        for (var i = 0; i < parts; i++)
        {
            await pair.AskAsync("x");
            // A server whose answer is over before it is known to have the whole request is not asked again.
            if (i == parts - 1) while ((await pair.Forwarder.ConnectionAtAsync("exchanging")).BytesUp < head.Length + parts) await Task.Yield();
            await pair.AnswerAsync("y");
        }
        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Large_bodies_arrive_whole_each_way_and_another_request_after_them(bool isChunked)
    {
        const int size = 20_000_000;
        using var pair = await StartAsync();
        var body = RandomNumberGenerator.GetBytes(size);
        var framed = isChunked ? Chunked(body) : body;
        var fields = isChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {size}";

        for (var i = 0; i < 2; i++)
        {
            await pair.AskAsync($"POST / HTTP/1.1\r\nHost: a.example\r\n{fields}\r\n\r\n");
            await MoveAsync(pair.Client, pair.Server, framed);
            await pair.AnswerAsync($"HTTP/1.1 200 OK\r\n{fields}\r\n\r\n");
            await MoveAsync(pair.Server, pair.Client, framed);
            await pair.AskAsync(Get);
            await pair.AnswerAsync(Ok);
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", 100)]
    [InlineData("HTTP/1.0 200 OK\r\n\r\n", 3_000_000)]
    public async Task An_answer_without_a_length_ends_with_its_connection(string head, int size)
    {
        using var pair = await StartAsync();
        var body = Encoding.Latin1.GetString(RandomNumberGenerator.GetBytes(size));

        await pair.AskAsync(Get);
        var reading = pair.Client.ReadToEndAsync();
        await pair.Server.SendAsync(head + body);
        pair.Server.EndSending();

        Assert.Equal(head + body, await reading);
        pair.Client.EndSending();
        Assert.Equal("completed", (await pair.Forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_client_that_waits_for_100_gets_it()
    {
        const string head = "PUT / HTTP/1.1\r\nHost: a.example\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
        using var pair = await StartAsync();

        for (var i = 0; i < 2; i++)
        {
            await pair.AskAsync(head);
            await pair.AnswerAsync("HTTP/1.1 100 Continue\r\n\r\n");
            await pair.AskAsync("abc");
            await pair.AnswerAsync(Ok);
        }
    }

    [Fact]
    public async Task A_client_that_is_answered_before_100_can_send_no_other_request()
    {
        const string answer = "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n";
        using var pair = await StartAsync();

        await pair.AskAsync("PUT / HTTP/1.1\r\nHost: a.example\r\nExpect: 100-continue\r\nContent-Length: 38\r\n\r\n");
        await pair.Server.SendAsync(answer);

        // It cannot be known whether what follows is the body.
        Assert.Equal(answer, await pair.Client.ReadToEndAsync());
    }

    [Fact]
    public async Task An_answer_that_comes_before_the_body_has_ended_is_no_end_of_it()
    {
        using var pair = await StartAsync();

        await pair.AskAsync("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 6\r\n\r\nabc");
        await pair.AnswerAsync(Ok);
        await pair.AskAsync("def");

        // Whoever answers before it has the request may take the rest of that for another: it is asked nothing more.
        await pair.Client.SendAsync(Get);
        using var first = pair.Server;
        using var second = await pair.AcceptAsync();
        await second.ExpectAsync(Get);
        await pair.AnswerAsync(Ok);
        Assert.Equal("", await first.ReadToEndAsync());
    }

    [Theory]
    [InlineData("HTTP/1.1 103 Early Hints\r\n\r\n")]
    [InlineData("")]
    public async Task Only_100_has_a_client_that_waits_go_on(string interim)
    {
        const string answer = "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n";
        using var pair = await StartAsync();

        await pair.AskAsync("PUT / HTTP/1.1\r\nHost: a.example\r\nExpect: 100-continue\r\nContent-Length: 38\r\n\r\n");
        await pair.Server.SendAsync(interim + answer);

        Assert.Equal(interim + answer, await pair.Client.ReadToEndAsync());
    }

    [Fact]
    public async Task An_empty_line_behind_a_body_is_nothing()
    {
        using var pair = await StartAsync(more: "[timeouts]\npeek = \"300ms\"\nkeep_alive = \"2s\"");

        for (var i = 0; i < 2; i++)
        {
            await pair.Client.SendAsync("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc\r\n");
            if (i == 0) await pair.AcceptAsync();
            await pair.Server.ExpectAsync("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc");
            await pair.AnswerAsync(Ok);
            // Longer than a head may take.
            await Task.Delay(TimeSpan.FromMilliseconds(400), TestContext.Current.CancellationToken);
        }
        pair.Client.EndSending();
        Assert.Equal("", await pair.Client.ReadToEndAsync());
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(40_000)]
    public async Task A_limit_holds_for_chunks_too(int chunk)
    {
        const int size = 300_000;
        using var pair = await StartAsync(more: "[limits]\ndownload_rate = \"200KiB/s\"");
        var chunks = string.Concat(Enumerable.Repeat($"{chunk:x}\r\n{new string('x', chunk)}\r\n", size / chunk)) + "0\r\n\r\n";
        await pair.AskAsync(Get);

        var sending = pair.Server.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
        await pair.Client.ReadHeadAsync();
        var began = TimeProvider.System.GetTimestamp();
        await pair.Client.ExpectAsync(chunks);
        await sending;

        // What passes at once is an eighth of a second's worth, and 16 KiB with the head.
        var least = (chunks.Length - 200 * 1024 / 8 - 32 * 1024) / (200 * 1024.0);
        Assert.True(TimeProvider.System.GetElapsedTime(began).TotalSeconds >= least);
        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);
    }

    [Fact]
    public async Task An_answer_that_refuses_the_rest_of_a_body_arrives()
    {
        const string answer = "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig";
        using var pair = await StartAsync();

        await pair.AskAsync("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10000000\r\n\r\nabc");
        await pair.Server.SendAsync(answer);

        Assert.Equal(answer, await pair.Client.ReadToEndAsync());
    }

    [Fact]
    public async Task To_a_client_of_HTTP_1_0_no_1xx_is_sent()
    {
        const string request = "GET / HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n\r\n";
        const string answer = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok";
        using var pair = await StartAsync();

        for (var i = 0; i < 2; i++)
        {
            await pair.AskAsync(request);
            await pair.Server.SendAsync("HTTP/1.1 103 Early Hints\r\n\r\n");
            await pair.AnswerAsync(answer);
        }
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n", Ok)]
    [InlineData("GET / HTTP/1.0\r\nHost: a.example\r\n\r\n", Ok)]
    [InlineData(Get, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData(Get, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    public async Task Where_either_side_says_so_the_answer_is_the_last(string request, string answer)
    {
        using var pair = await StartAsync();

        await pair.AskAsync(request);
        await pair.Server.SendAsync(answer);

        Assert.Equal(answer, await pair.Client.ReadToEndAsync());
        pair.Client.Dispose();
        Assert.Equal("", await pair.Server.ReadToEndAsync());
    }

    [Theory]
    [InlineData("GET /chat HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n")]
    public async Task After_an_upgrade_every_byte_goes_through(string request, string answer)
    {
        using var pair = await StartAsync();

        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);
        // What the client sends at once is for the new protocol, and so is what comes behind the answer's head.
        await pair.Client.SendAsync(request + "early");
        await pair.Server.ExpectAsync(request);
        await pair.Server.SendAsync(answer + "hello");
        await pair.Client.ExpectAsync(answer + "hello");
        await pair.Server.ExpectAsync("early");
        await pair.AskAsync("\0\x01GET / HTTP/1.1\r\n\r\n");
        await pair.AnswerAsync("\r\n\0");
        pair.Client.EndSending();
        Assert.Equal("", await pair.Server.ReadToEndAsync());
        await pair.Server.SendAsync("last");
        pair.Server.EndSending();
        Assert.Equal("last", await pair.Client.ReadToEndAsync());

        var first = await pair.Forwarder.NextAccessLineAsync();
        Assert.Equal(("completed", "200"), (first.End, first.Text("status")));
        var second = await pair.Forwarder.NextAccessLineAsync();
        Assert.Equal("completed", second.End);
        Assert.Equal(answer.StartsWith("HTTP/1.1 101", StringComparison.Ordinal) ? "101" : "200", second.Text("status"));
        Assert.Equal(request.Length + "early".Length + 20, second.BytesUp);
        Assert.Equal(answer.Length + "hello".Length + 3 + "last".Length, second.BytesDown);
    }

    [Fact]
    public async Task An_upgrade_that_is_declined_is_an_answer_like_another()
    {
        using var pair = await StartAsync();

        await pair.AskAsync("GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
        await pair.AnswerAsync(Ok);
        await pair.AskAsync(Get);
        await pair.AnswerAsync(Ok);
    }

    [Fact]
    public async Task An_offer_of_HTTP2_is_not_sent_on()
    {
        using var pair = await StartAsync();

        await pair.Client.SendAsync(
            "GET / HTTP/1.1\r\nHost: a.example\r\nX: y\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");

        await (await pair.AcceptAsync()).ExpectAsync("GET / HTTP/1.1\r\nHost: a.example\r\nX: y\r\n\r\n");
        await pair.AnswerAsync(Ok);
    }

    private static byte[] Chunked(byte[] body)
    {
        using var framed = new MemoryStream();
        for (int from = 0, size = 1; from < body.Length; from += size, size = Math.Min(size * 3, 5_000_000))
        {
            size = Math.Min(size, body.Length - from);
            framed.Write(Encoding.ASCII.GetBytes($"{size:x}\r\n"));
            framed.Write(body, from, size);
            framed.Write("\r\n"u8);
        }
        framed.Write("0\r\n\r\n"u8);
        return framed.ToArray();
    }

    private static async Task MoveAsync(Wire from, Wire to, byte[] bytes)
    {
        var received = new byte[bytes.Length];
        var receiving = to.Stream.ReadExactlyAsync(received, TestContext.Current.CancellationToken).AsTask();
        await from.Stream.WriteAsync(bytes, TestContext.Current.CancellationToken).AsTask().InTimeAsync();
        await receiving.InTimeAsync();
        Assert.True(received.AsSpan().SequenceEqual(bytes));
    }

    private Task<RequestPair> StartAsync(string more = "") => RequestPair.StartAsync(engine, more: more);
}

public sealed class RequestBodyTestsOnEpoll() : RequestBodyTests(Engine.Epoll);

public sealed class RequestBodyTestsOnSockets() : RequestBodyTests(Engine.Sockets);
