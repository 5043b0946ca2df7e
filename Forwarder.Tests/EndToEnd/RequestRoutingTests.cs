namespace SniForward.Tests.EndToEnd;

/// <summary>HTTP/1 request by request: each goes where its own Host says, over connections that are its client's alone.</summary>
public abstract class RequestRoutingTests(Engine engine)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Fact]
    public async Task Each_request_goes_where_its_own_host_says_and_servers_are_kept()
    {
        using var first = TestServer.Start();
        using var second = TestServer.Start();
        await using var forwarder = Start(first, second);
        using var client = await Wire.ConnectAsync(forwarder);

        await client.SendAsync(Get("a.example", "/1"));
        using var a = await Wire.AcceptAsync(first);
        await AnswerAsync(client, a, Get("a.example", "/1"));
        await client.SendAsync(Get("b.example", "/2"));
        using var b = await Wire.AcceptAsync(second);
        await AnswerAsync(client, b, Get("b.example", "/2"));
        for (var i = 3; i < 10; i++)
        {
            var (host, server) = i % 2 == 0 ? ("b.example", b) : ("a.example", a);
            await client.SendAsync(Get(host, $"/{i}"));
            await AnswerAsync(client, server, Get(host, $"/{i}"));
        }
        client.EndSending();

        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Equal("", await a.ReadToEndAsync());
        Assert.Equal("", await b.ReadToEndAsync());
    }

    [Fact]
    public async Task A_client_s_connections_serve_no_other()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server, server);
        using var first = await Wire.ConnectAsync(forwarder);
        using var second = await Wire.ConnectAsync(forwarder);

        await first.SendAsync(Get("a.example"));
        using var ofFirst = await Wire.AcceptAsync(server);
        await AnswerAsync(first, ofFirst, Get("a.example"));
        await second.SendAsync(Get("a.example"));
        using var ofSecond = await Wire.AcceptAsync(server);
        await AnswerAsync(second, ofSecond, Get("a.example"));
    }

    [Fact]
    public async Task Of_many_servers_the_last_four_are_kept()
    {
        const int hosts = 6;
        using var server = TestServer.Start();
        var routes = string.Concat(Enumerable.Range(0, hosts).Select(i => $"[[route]]\nhosts = [\"h{i}.example\"]\nbackend = \"127.0.0.1:{server.Port}\"\n"));
        await using var forwarder = engine.Start($"[[listener]]\nbind = \"127.0.0.1:0\"\nhttp_routing = \"request\"\n{routes}");
        using var client = await Wire.ConnectAsync(forwarder);
        var wires = new List<Wire>();

        for (var i = 0; i < hosts; i++)
        {
            await client.SendAsync(Get($"h{i}.example"));
            wires.Add(await Wire.AcceptAsync(server));
            await AnswerAsync(client, wires[i], Get($"h{i}.example"));
        }

        Assert.Equal("", await wires[0].ReadToEndAsync());
        Assert.Equal("", await wires[1].ReadToEndAsync());
        await client.SendAsync(Get("h2.example"));
        await AnswerAsync(client, wires[2], Get("h2.example"));
        wires.ForEach(wire => wire.Dispose());
    }

    [Fact]
    public async Task Heads_are_sent_on_as_they_are()
    {
        const string request = "X-get /A%20b?c HTTP/1.1\r\nhOST:  a.example \r\nX:\t y\t\r\nConnection: X-Z , keep-alive\r\nx-z:1\r\nEmpty:\r\n\r\n";
        const string answer = "HTTP/1.1 299 \r\ncontent-LENGTH:\t3\r\nX-Odd:  spaces  \r\nConnection: keep-alive\r\n\r\nabc";
        using var server = TestServer.Start();
        await using var forwarder = Start(server, server);
        using var client = await Wire.ConnectAsync(forwarder);

        await client.SendAsync(request);
        using var wire = await Wire.AcceptAsync(server);
        await wire.ExpectAsync(request);
        await wire.SendAsync(answer);

        await client.ExpectAsync(answer);
    }

    [Fact]
    public async Task Pipelined_requests_are_answered_in_their_order()
    {
        using var first = TestServer.Start();
        using var second = TestServer.Start();
        await using var forwarder = Start(first, second);
        using var client = await Wire.ConnectAsync(forwarder);

        await client.SendAsync(Get("a.example", "/1") + Post("b.example", "body") + Get("a.example", "/3"));

        using var a = await Wire.AcceptAsync(first);
        await a.ExpectAsync(Get("a.example", "/1"));
        await a.SendAsync(Ok);
        using var b = await Wire.AcceptAsync(second);
        await b.ExpectAsync(Post("b.example", "body"));
        await b.SendAsync("HTTP/1.1 204 No Content\r\n\r\n");
        await a.ExpectAsync(Get("a.example", "/3"));
        await a.SendAsync(Ok);
        await client.ExpectAsync(Ok + "HTTP/1.1 204 No Content\r\n\r\n" + Ok);
    }

    [Fact]
    public async Task Empty_lines_before_a_request_are_left_out()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server, server);
        using var client = await Wire.ConnectAsync(forwarder);

        await client.SendAsync("\r\n\r\n" + Get("a.example"));
        using var wire = await Wire.AcceptAsync(server);
        await AnswerAsync(client, wire, Get("a.example"));
        await client.SendAsync("\r\n" + Get("a.example"));
        await AnswerAsync(client, wire, Get("a.example"));
    }

    [Fact]
    public async Task One_byte_at_a_time_is_enough()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server, server);
        using var client = await Wire.ConnectAsync(forwarder);
        client.Socket.NoDelay = true;
        Wire? wire = null;

        for (var i = 0; i < 2; i++)
        {
            foreach (var each in Get("a.example")) await client.SendAsync(each.ToString());
            wire ??= await Wire.AcceptAsync(server);
            wire.Socket.NoDelay = true;
            await wire.ExpectAsync(Get("a.example"));
            const string answers = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + Ok;
            foreach (var each in answers) await wire.SendAsync(each.ToString());
            await client.ExpectAsync(answers);
        }
        wire!.Dispose();
    }

    [Fact]
    public async Task A_name_without_a_route_is_refused_and_the_connection_with_it()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server, server);
        using var client = await Wire.ConnectAsync(forwarder);

        await client.SendAsync(Get("a.example"));
        using var wire = await Wire.AcceptAsync(server);
        await AnswerAsync(client, wire, Get("a.example"));
        Assert.Equal("completed", (await forwarder.NextAccessLineAsync()).End);
        await client.SendAsync(Get("unknown.example"));

        Assert.StartsWith("HTTP/1.1 421 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        client.Dispose();
        Assert.Equal("", await wire.ReadToEndAsync());
        var line = await forwarder.NextAccessLineAsync();
        Assert.Equal(("no_route", "421", "unknown.example"), (line.End, line.Text("Status"), line.Text("Name")));
    }

    [Fact]
    public async Task What_is_not_HTTP_is_spliced_as_ever()
    {
        using var server = TestServer.Echo("echo");
        await using var forwarder = engine.Start($"""
            [[listener]]
            bind = "127.0.0.1:0"
            protocols = ["http", "ssh", "h2c", "any"]
            http_routing = "request"
            default = "127.0.0.1:{server.Port}"
            """);

        foreach (var first in new[] { "SSH-2.0-x\r\n", "\x01\x02\x03" })
        {
            using var client = await Wire.ConnectAsync(forwarder);
            await client.SendAsync(first);
            client.EndSending();
            Assert.Equal("echo\n" + first, await client.ReadToEndAsync());
        }
    }

    private static string Get(string host, string target = "/") => $"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n";

    private static string Post(string host, string body) => $"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    private static async Task AnswerAsync(Wire client, Wire server, string request)
    {
        await server.ExpectAsync(request);
        await server.SendAsync(Ok);
        await client.ExpectAsync(Ok);
    }

    private TestForwarder Start(TestServer first, TestServer second) => engine.Start($"""
        [[listener]]
        bind = "127.0.0.1:0"
        http_routing = "request"
        [[route]]
        hosts = ["a.example"]
        backend = "127.0.0.1:{first.Port}"
        [[route]]
        hosts = ["b.example"]
        backend = "127.0.0.1:{second.Port}"
        """);
}

public sealed class RequestRoutingTestsOnEpoll() : RequestRoutingTests(Engine.Epoll);

public sealed class RequestRoutingTestsOnSockets() : RequestRoutingTests(Engine.Sockets);
