using System.Net;
using System.Net.Sockets;
using System.Text;
using SniForward.Peeking;
using SniForward.Tests.Peeking;

namespace SniForward.Tests.EndToEnd;

/// <summary>PROXY headers in and out: whom they are believed from, what they change, and that servers get what they say.</summary>
public abstract class ProxyProtocolTests(Engine engine)
{
    private const string Line = "PROXY TCP4 192.0.2.7 198.51.100.2 56324 443\r\n";
    private const string Request = "GET / HTTP/1.1\r\nHost: www.example\r\n\r\n";

    private static readonly byte[] Binary = ProxyHeaderBuilder.Binary(0x21, 0x11, ProxyHeaderBuilder.Inet);

    [Theory]
    [InlineData("required", true, "192.0.2.7:56324")]
    [InlineData("optional", true, "192.0.2.7:56324")]
    [InlineData("optional", false, null)]
    public async Task The_header_is_taken_off_and_the_client_is_the_one_it_names(string mode, bool hasHeader, string? expectedClient)
    {
        using var server = TestServer.Echo("hello");
        await using var forwarder = Start(mode, server);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync((hasHeader ? Line : "") + Request);
        client.EndSending();

        Assert.Equal("hello\n" + Request, await client.ReadAllTextAsync());
        var line = await forwarder.NextAccessLineAsync();
        Assert.Equal(expectedClient ?? line.Text("Client"), line.Text("Client"));
        Assert.Equal(hasHeader, line.Text("Proxy").StartsWith("127.0.0.1:", StringComparison.Ordinal));
        Assert.Equal(Request.Length, line.BytesUp);
    }

    [Fact]
    public async Task A_header_in_pieces_before_a_hello_in_pieces_is_taken_off_too()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start("required", server);
        using var client = await TestClient.ConnectAsync(forwarder);
        client.Socket.NoDelay = true;
        var hello = HelloBuilder.For("www.example").Records(30);

        foreach (var one in (byte[])[.. Binary, .. hello]) await client.SendAsync(new[] { one });
        client.EndSending();

        using var accepted = await server.AcceptAsync();
        Assert.Equal(hello, await accepted.ReadAllAsync());
    }

    [Fact]
    public async Task Routes_limits_and_lists_go_by_the_address_in_the_header()
    {
        using var inside = TestServer.Echo("inside");
        using var outside = TestServer.Echo("outside");
        await using var forwarder = engine.Start($"""
            [[listener]]
            bind = "127.0.0.1:0"
            proxy_protocol = "required"
            trusted_proxies = ["127.0.0.0/8"]
            [[route]]
            hosts = ["www.example"]
            clients = ["10.0.0.0/8"]
            backend = "127.0.0.1:{inside.Port}"
            [[route]]
            hosts = ["www.example"]
            backend = "127.0.0.1:{outside.Port}"
            [limits]
            deny = ["203.0.113.0/24"]
            connections_per_client = 1
            """);
        async Task<TestClient> SendAsync(string address)
        {
            var client = await TestClient.ConnectAsync(forwarder);
            await client.SendAsync($"PROXY TCP4 {address} 198.51.100.2 1 443\r\n{Request}");
            return client;
        }

        using var ten = await SendAsync("10.1.1.1");
        Assert.Equal("inside\n", Encoding.ASCII.GetString(await ten.ReadAsync("inside\n".Length)));
        using var other = await SendAsync("192.0.2.1");
        Assert.Equal("outside\n", Encoding.ASCII.GetString(await other.ReadAsync("outside\n".Length)));
        using var second = await SendAsync("10.1.1.1");
        Assert.StartsWith("HTTP/1.1 429 ", await second.ReadAllTextAsync(), StringComparison.Ordinal);
        second.EndSending();
        Assert.Equal("client_limit", (await forwarder.NextAccessLineAsync()).End);
        using var denied = await SendAsync("203.0.113.9");
        Assert.Empty(await ReadOrResetAsync(denied));
        var line = await forwarder.NextAccessLineAsync();
        Assert.Equal(("client_denied", "203.0.113.9:1"), (line.End, line.Text("Client")));
    }

    [Theory]
    [InlineData("optional", Line + Request, "proxy_not_trusted")]
    [InlineData("required", Line + Request, "proxy_not_trusted")]
    [InlineData("required", Request, "proxy_not_trusted")]
    public async Task A_header_from_whom_it_is_not_believed_is_refused(string mode, string bytes, string end)
    {
        using var server = TestServer.Echo("hello");
        await using var forwarder = Start(mode, server, trusted: "192.0.2.0/24");
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(bytes);

        Assert.Empty(await ReadOrResetAsync(client));
        var line = await forwarder.NextAccessLineAsync();
        Assert.Equal(end, line.End);
        Assert.StartsWith("127.0.0.1:", line.Text("Client"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_a_header_is_optional_others_may_come_without()
    {
        using var server = TestServer.Echo("hello");
        await using var forwarder = Start("optional", server, trusted: "192.0.2.0/24");

        Assert.StartsWith("hello", await TestClient.AskAsync(forwarder.Address, "www.example"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Request, "proxy_missing", "-")]
    [InlineData("\x16\x03\x01", "proxy_missing", "-")]
    [InlineData("PROXY TCP4 1.2.3.4\r\n", "malformed", "a PROXY line has not two addresses and two ports")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 9 10\n", "malformed", "a PROXY line does not end in a carriage return and a line feed")]
    public async Task Where_a_header_is_required_nothing_else_will_do(string bytes, string end, string reason)
    {
        using var server = TestServer.Echo("hello");
        await using var forwarder = Start("required", server);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(bytes);

        Assert.Empty(await ReadOrResetAsync(client));
        var line = await forwarder.NextAccessLineAsync();
        Assert.Equal((end, reason), (line.End, line.Text("Reason")));
    }

    [Fact]
    public async Task The_deadline_of_the_peek_holds_for_the_header_and_what_follows_together()
    {
        using var server = TestServer.Echo("hello");
        await using var forwarder = Start("required", server, more: "[timeouts]\npeek = \"200ms\"");
        using var silent = await TestClient.ConnectAsync(forwarder);
        using var half = await TestClient.ConnectAsync(forwarder);
        await half.SendAsync("PROXY TCP4 1.2");
        using var header = await TestClient.ConnectAsync(forwarder);
        await header.SendAsync(Line + "GET / HTTP/1.1\r\n");

        Assert.Empty(await silent.ReadAllAsync());
        Assert.Empty(await ReadOrResetAsync(half));
        Assert.StartsWith("HTTP/1.1 408 ", await header.ReadAllTextAsync(), StringComparison.Ordinal);
        header.EndSending();
        for (var i = 0; i < 3; i++) Assert.Equal("peek_timeout", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task The_header_counts_against_what_a_first_flight_may_take()
    {
        using var server = TestServer.Echo("hello");
        await using var forwarder = Start("required", server, more: "[limits]\npeek_bytes = \"1KiB\"");
        var padded = ProxyHeaderBuilder.Binary(0x21, 0x11, [.. ProxyHeaderBuilder.Inet, .. ProxyHeaderBuilder.Tlv(0x04, new byte[900])]);
        using var fits = await TestClient.ConnectAsync(forwarder);
        using var doesNot = await TestClient.ConnectAsync(forwarder);

        await fits.SendAsync((byte[])[.. padded, .. Encoding.ASCII.GetBytes(Request)]);
        fits.EndSending();
        await doesNot.SendAsync((byte[])[.. padded, .. Encoding.ASCII.GetBytes(Request.Insert(16, $"X: {new string('x', 100)}\r\n"))]);

        Assert.StartsWith("hello", await fits.ReadAllTextAsync(), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 431 ", await doesNot.ReadAllTextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0")]
    public async Task A_proxy_that_speaks_for_itself_is_its_own_client(string header)
    {
        using var server = TestServer.Echo("hello");
        await using var forwarder = Start("required", server);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(header + Request);
        client.EndSending();

        Assert.StartsWith("hello", await client.ReadAllTextAsync(), StringComparison.Ordinal);
        var line = await forwarder.NextAccessLineAsync();
        Assert.StartsWith("127.0.0.1:", line.Text("Client"), StringComparison.Ordinal);
        Assert.Equal("-", line.Text("Proxy"));
    }

    [Fact]
    public async Task A_server_that_speaks_first_gets_its_client_s_header_first()
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start($"""
            [[listener]]
            bind = "127.0.0.1:0"
            peek = false
            proxy_protocol = "required"
            trusted_proxies = ["127.0.0.1"]
            default = "mail"
            [backend.mail]
            servers = ["127.0.0.1:{server.Port}"]
            send_proxy = "v1"
            """);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(Line + "EHLO");
        client.EndSending();

        using var accepted = await server.AcceptAsync();
        Assert.Equal(Line + "EHLO", await accepted.ReadAllTextAsync());
    }

    [Theory]
    [InlineData("v1", false)]
    [InlineData("v2", false)]
    [InlineData("v1", true)]
    [InlineData("v2", true)]
    public async Task A_server_gets_the_header_before_the_clients_own_bytes(string version, bool isLarge)
    {
        using var server = TestServer.Start();
        await using var forwarder = StartSending(server, version);
        using var client = await TestClient.ConnectAsync(forwarder);
        var hello = HelloBuilder.For("www.example", "h2", "http/1.1") is var builder && isLarge
            ? (builder with { Extensions = [HelloBuilder.Padding(60_000), .. builder.Extensions!] }).Records()
            : builder.Records();

        var (from, to) = (client.Socket.LocalEndPoint, client.Socket.RemoteEndPoint);
        await client.SendAsync(hello);
        client.EndSending();

        using var accepted = await server.AcceptAsync();
        var received = await accepted.ReadAllAsync();
        var header = new ProxyHeaderResult();
        Assert.Equal(PeekAnswer.Found, ProxyHeader.Read(new(received), received.Length, ref header));
        Assert.Equal((from, to), (header.Source, header.Destination));
        Assert.Equal(hello, received[header.Length..]);
        if (version == "v2")
        {
            Assert.True(received.AsSpan(0, header.Length).IndexOf(ProxyHeaderBuilder.Tlv(0x01, "h2"u8)) > 0);
            Assert.True(received.AsSpan(0, header.Length).IndexOf(ProxyHeaderBuilder.Tlv(0x02, "www.example"u8)) > 0);
        }
        accepted.Close();
        Assert.Equal(hello.Length, (await forwarder.NextAccessLineAsync()).BytesUp);
    }

    [Fact]
    public async Task The_address_of_the_header_that_came_is_in_the_one_that_goes()
    {
        using var server = TestServer.Start();
        await using var forwarder = StartSending(server, "v2", "proxy_protocol = \"required\"\ntrusted_proxies = [\"127.0.0.1\"]");
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync((byte[])[.. Binary, .. Encoding.ASCII.GetBytes(Request)]);
        client.EndSending();

        using var accepted = await server.AcceptAsync();
        var received = await accepted.ReadAllAsync();
        var header = new ProxyHeaderResult();
        ProxyHeader.Read(new(received), received.Length, ref header);
        Assert.Equal(("192.0.2.1:56324", "198.51.100.2:443"), (header.Source?.ToString(), header.Destination?.ToString()));
        Assert.Equal(Request, Encoding.ASCII.GetString(received[header.Length..]));
    }

    [Fact]
    public async Task A_server_that_takes_over_from_one_that_refuses_gets_the_header_too()
    {
        using var server = TestServer.Start();
        await using var forwarder = StartSending(server, "v1", before: TestServer.RefusingPort());
        for (var i = 0; i < 2; i++)
        {
            using var client = await TestClient.ConnectAsync(forwarder);
            await client.SendAsync(Request);
            client.EndSending();

            using var accepted = await server.AcceptAsync();
            var text = await accepted.ReadAllTextAsync();
            Assert.Equal($"PROXY TCP4 127.0.0.1 127.0.0.1 {((IPEndPoint)client.Socket.LocalEndPoint!).Port} {forwarder.Port}\r\n{Request}", text);
        }
    }

    private TestForwarder Start(string mode, TestServer server, string trusted = "127.0.0.1", string more = "") => engine.Start($"""
        [[listener]]
        bind = "127.0.0.1:0"
        proxy_protocol = "{mode}"
        trusted_proxies = ["{trusted}"]
        [[route]]
        hosts = ["www.example"]
        backend = "127.0.0.1:{server.Port}"
        {more}
        """);

    private TestForwarder StartSending(TestServer server, string version, string listener = "", int? before = null) => engine.Start($"""
        [[listener]]
        bind = "127.0.0.1:0"
        {listener}
        [default]
        backend = "web"
        [backend.web]
        servers = [{(before is { } port ? $"\"127.0.0.1:{port}\", " : "")}"127.0.0.1:{server.Port}"]
        send_proxy = "{version}"
        """);

    /// <summary>A connection that is closed with bytes still unread is reset; nothing was said before.</summary>
    private static async Task<byte[]> ReadOrResetAsync(TestClient client)
    {
        try
        {
            return await client.ReadAllAsync();
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return [];
        }
    }
}

public sealed class ProxyProtocolTestsOnEpoll() : ProxyProtocolTests(Engine.Epoll);

public sealed class ProxyProtocolTestsOnSockets() : ProxyProtocolTests(Engine.Sockets);
