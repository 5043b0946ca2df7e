namespace SniForward.Tests.EndToEnd;

/// <summary>What a server is told of the client, what the log and the figures are, and where plain HTTP is sent to https.</summary>
public abstract class RequestFieldsTests(Engine engine)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Theory]
    [InlineData("", "X-Forwarded-For: 192.0.2.1\r\n", "X-Forwarded-For: 192.0.2.1\r\n")]
    [InlineData("forwarded = \"off\"", "Forwarded: for=x\r\n", "Forwarded: for=x\r\n")]
    [InlineData("forwarded = \"x-forwarded\"", "X: y\r\n", "X: y\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a.example\r\n")]
    [InlineData("forwarded = \"x-forwarded\"", "X-Forwarded-For: 192.0.2.1\r\nForwarded: for=x\r\n", "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a.example\r\n")]
    [InlineData("forwarded = \"forwarded\"", "Forwarded: for=x\r\n", "Forwarded: for=127.0.0.1;host=a.example;proto=http\r\n")]
    [InlineData("forwarded = \"x-forwarded\"\ntrusted_proxies = [\"127.0.0.0/8\"]", "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n", "X-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.1, 127.0.0.1\r\nX-Forwarded-Host: a.example\r\n")]
    [InlineData("forwarded = \"x-forwarded\"\ntrusted_proxies = [\"192.0.2.0/24\"]", "X-Forwarded-For: 192.0.2.1\r\n", "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a.example\r\n")]
    public async Task Servers_are_told_of_the_client_as_the_listener_says(string listener, string fields, string told)
    {
        using var pair = await RequestPair.StartAsync(engine, listener);

        for (var i = 0; i < 2; i++)
        {
            await pair.Client.SendAsync($"GET / HTTP/1.1\r\nHost: a.example\r\n{fields}\r\n");
            if (i == 0) await pair.AcceptAsync();
            await pair.Server.ExpectAsync($"GET / HTTP/1.1\r\nHost: a.example\r\n{told}\r\n");
            await pair.AnswerAsync(Ok);
        }
    }

    [Fact]
    public async Task The_client_behind_a_PROXY_header_is_the_one_that_is_told_of()
    {
        using var pair = await RequestPair.StartAsync(engine, "forwarded = \"forwarded\"\nproxy_protocol = \"required\"\ntrusted_proxies = [\"127.0.0.0/8\"]");

        await pair.Client.SendAsync("PROXY TCP6 2001:db8::1 2001:db8::2 1000 80\r\n");
        for (var i = 0; i < 2; i++)
        {
            await pair.Client.SendAsync("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
            if (i == 0) await pair.AcceptAsync();
            await pair.Server.ExpectAsync("GET / HTTP/1.1\r\nHost: a.example\r\nForwarded: for=\"[2001:db8::1]\";host=a.example;proto=http\r\n\r\n");
            await pair.AnswerAsync(Ok);
            Assert.Equal("[2001:db8::1]:1000", (await pair.Forwarder.NextAccessLineAsync()).Text("client"));
        }
    }

    [Fact]
    public async Task A_server_is_sent_its_PROXY_header_once()
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start($$"""
            [[listener]]
            bind = "127.0.0.1:0"
            http_routing = "request"
            default = "b"
            [backend.b]
            servers = ["127.0.0.1:{{server.Port}}"]
            send_proxy = "v1"
            """);
        using var client = await Wire.ConnectAsync(forwarder);
        const string get = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

        await client.SendAsync(get);
        using var wire = await Wire.AcceptAsync(server);
        await wire.ExpectAsync($"PROXY TCP4 127.0.0.1 127.0.0.1 {((System.Net.IPEndPoint)client.Socket.LocalEndPoint!).Port} {forwarder.Port}\r\n{get}");
        await wire.SendAsync(Ok);
        await client.ExpectAsync(Ok);
        await client.SendAsync(get);
        await wire.ExpectAsync(get);
    }

    [Fact]
    public async Task A_line_has_no_bytes_of_an_earlier_connection()
    {
        using var echo = TestServer.Echo("echo");
        using var pair = await RequestPair.StartAsync(engine, "protocols = [\"http\", \"any\"]\nname = \"web\"", $"[[listener]]\nbind = \"127.0.0.1:0\"\npeek = false\ndefault = \"127.0.0.1:{echo.Port}\"");
        await pair.AskAsync("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        await pair.AnswerAsync(Ok);
        await pair.Forwarder.NextAccessLineAsync();
        pair.Client.Dispose();
        Assert.True(SpinWait.SpinUntil(() => pair.Forwarder.Forwarder.OpenConnections == 0, Patience.Limit));

        for (var i = 0; i < 4; i++)
        {
            using var client = new Wire((await TestClient.ConnectAsync(pair.Forwarder.Addresses[1])).Socket);
            await client.SendAsync("hello");
            client.EndSending();
            await client.ReadToEndAsync();
            var line = await pair.Forwarder.NextAccessLineAsync();
            Assert.Equal((5, 10), (line.BytesUp, line.BytesDown));
        }
    }

    [Theory]
    [InlineData("", "/a/b")]
    [InlineData("access_queries = true", "/a/b?secret=1")]
    public async Task Each_request_has_a_line_of_its_own(string log, string target)
    {
        using var pair = await RequestPair.StartAsync(engine, more: $"[log]\n{log}");

        await pair.AskAsync("POST /a/b?secret=1 HTTP/1.1\r\nHost: A.Example:80\r\nContent-Length: 3\r\n\r\nabc");
        await pair.AnswerAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone");
        var first = await pair.Forwarder.NextAccessLineAsync();
        await pair.AskAsync("GET /2 HTTP/1.1\r\nHost: b.example\r\n\r\n");
        await pair.AnswerAsync(Ok);
        var second = await pair.Forwarder.NextAccessLineAsync();
        pair.Client.Dispose();
        await pair.Forwarder.StopAsync();

        Assert.Equal(("POST", target, "404", "a.example"), (first.Text("method"), first.Text("target"), first.Text("status"), first.Name));
        Assert.Equal((73, 49), (first.BytesUp, first.BytesDown));
        Assert.Equal(("GET", "/2", "200", "b.example"), (second.Text("method"), second.Text("target"), second.Text("status"), second.Name));
        Assert.Equal((36, 40), (second.BytesUp, second.BytesDown));
        Assert.Equal(first.Text("id"), second.Text("id"));
        Assert.Equal(first.Text("server"), second.Text("server"));
        Assert.InRange(second.Seconds("wait"), 0, second.Seconds("duration"));
        Assert.Equal(2, pair.Forwarder.Lines.Count(line => line.Contains(" end=", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_route_for_https_alone_sends_its_requests_there_and_others_not()
    {
        using var pair = await RequestPair.StartAsync(engine, more: "[[route]]\nhosts = [\"secure.example\"]\nredirect = \"https\"\nprotocol = \"http\"");

        await pair.AskAsync("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        await pair.AnswerAsync(Ok);
        await pair.Client.SendAsync("GET /x?y HTTP/1.1\r\nHost: secure.example\r\n\r\n");

        var answer = await pair.Client.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 308 ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nLocation: https://secure.example/x?y\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_are_counted_by_route_and_class()
    {
        using var pair = await RequestPair.StartAsync(engine);

        foreach (var answer in new[] { Ok, Ok, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n" })
        {
            await pair.AskAsync("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
            await pair.AnswerAsync(answer);
            await pair.Forwarder.NextAccessLineAsync();
        }

        using var figures = Figures.Of(pair.Forwarder);
        var server = ((System.Net.IPEndPoint)pair.Server.Socket.LocalEndPoint!).Port;
        var flow = $"listener=listener-1,route=default,backend=127.0.0.1:{server},server=127.0.0.1:{server}";
        Assert.Equal(2, figures[$"sniforward.requests{{{flow},status=2xx}}"]);
        Assert.Equal(1, figures[$"sniforward.requests{{{flow},status=5xx}}"]);
        Assert.Equal(1, figures[$"sniforward.forwarded.connections{{{flow}}}"]);
    }
}

public sealed class RequestFieldsTestsOnEpoll() : RequestFieldsTests(Engine.Epoll);

public sealed class RequestFieldsTestsOnSockets() : RequestFieldsTests(Engine.Sockets);
