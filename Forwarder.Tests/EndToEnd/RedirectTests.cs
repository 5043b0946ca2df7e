using SniForward.Tests.Peeking;

namespace SniForward.Tests.EndToEnd;

/// <summary>Plain HTTP for a route that is for https alone.</summary>
public abstract class RedirectTests(Engine engine)
{
    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n", "https://app.example/")]
    [InlineData("POST /a?b=c HTTP/1.1\r\nHost: App.Example.:8080\r\nContent-Length: 1\r\n\r\nx", "https://app.example/a?b=c")]
    [InlineData("PROPFIND /x HTTP/1.1\r\nHost: app.example\r\n\r\n", "https://app.example/x")]
    [InlineData("GET http://app.example/p?q HTTP/1.1\r\nHost: app.example\r\n\r\n", "https://app.example/p?q")]
    [InlineData("GET //evil.example/%0d%0aX:y HTTP/1.0\r\nHost: app.example\r\n\r\n", "https://app.example//evil.example/%0d%0aX:y")]
    [InlineData("GET / HTTP/1.1\r\nHost: port.example\r\n\r\n", "https://port.example:8443/")]
    [InlineData("GET / HTTP/1.1\r\nHost: [2001:DB8::1]:80\r\n\r\n", "https://[2001:db8::1]/")]
    [InlineData("GET / HTTP/1.1\r\nHost: any.example\r\n\r\n", "https://any.example/")]
    public async Task A_client_is_sent_to_the_same_address_at_https(string request, string location)
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(request);
        client.EndSending();

        var lines = (await client.ReadAllTextAsync()).Split("\r\n");
        Assert.Equal("HTTP/1.1 308 Permanent Redirect", lines[0]);
        Assert.Equal($"Location: {location}", Assert.Single(lines, line => line.StartsWith("Location:", StringComparison.Ordinal)));
        Assert.Contains("Connection: close", lines);
        Assert.Equal("This site is at https.\n", lines[^1]);
        var access = await forwarder.NextAccessLineAsync();
        Assert.Equal("redirected", access.End);
        Assert.NotEqual("-", access.Route);
        Assert.Equal("-", access.Text("Backend"));
    }

    [Fact]
    public async Task HEAD_is_sent_there_without_a_word()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync("HEAD /x HTTP/1.1\r\nHost: app.example\r\n\r\n");

        var answer = await client.ReadAllTextAsync();
        Assert.Contains("\r\nLocation: https://app.example/x\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_of_HTTP2_is_sent_there_too()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server);
        using var client = await TestClient.ConnectAsync(forwarder);
        byte[] block = [0x82, 0x86, .. Http2Builder.Literal(4, "/" + new string('x', 300)), .. Http2Builder.Literal(1, "app.example")];

        await client.SendAsync(Http2Builder.Flight(block));

        var answer = await client.ReadAllAsync();
        // Name 46, and a length of seven bits that needs another byte and a half (RFC 7541 §5.1).
        byte[] location = [0x0f, 46 - 15, .. Http2Builder.String($"https://app.example/{new string('x', 300)}")];
        Assert.True(answer.AsSpan().IndexOf(location) > 0);
        Assert.Equal([0x08, 0x03, .. "308"u8], answer[18..23]);
        client.EndSending();
        Assert.Equal("redirected", (await forwarder.NextAccessLineAsync()).End);
    }

    [Theory]
    [InlineData("GET / HTTP/1.0\r\n\r\n", "400", "no_name")]
    [InlineData("GET / HTTP/1.1\r\nHost: app.example\r\nHost: app.example\r\n\r\n", "400", "malformed")]
    [InlineData("GET / HTTP/1.1\r\nHost: evil.example/x\r\n\r\n", "400", "malformed")]
    [InlineData("GET / HTTP/1.1\r\nHost: app.example@evil.example\r\n\r\n", "400", "malformed")]
    [InlineData("GET /\r\nSet-Cookie: a=b HTTP/1.1\r\nHost: app.example\r\n\r\n", "400", "malformed")]
    [InlineData("GET /\rX: y HTTP/1.1\r\nHost: app.example\r\n\r\n", "400", "malformed")]
    public async Task What_names_no_host_or_is_malformed_is_sent_nowhere(string request, string status, string end)
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(request);
        client.EndSending();

        var answer = await client.ReadAllTextAsync();
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Location", answer, StringComparison.Ordinal);
        Assert.Equal(end, (await forwarder.NextAccessLineAsync()).End);
    }

    [Theory]
    [InlineData(8_192 - 20, "308", "redirected")]
    [InlineData(8_192 - 19, "431", "too_large")]
    public async Task An_address_may_have_8192_bytes(int pathLength, string status, string end)
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server);

        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync($"GET /{new string('x', pathLength)} HTTP/1.1\r\nHost: app.example\r\n\r\n");

        Assert.StartsWith($"HTTP/1.1 {status} ", await client.ReadAllTextAsync(), StringComparison.Ordinal);
        client.EndSending();
        Assert.Equal(end, (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task ACMEs_challenges_are_answered_where_the_route_says()
    {
        using var acme = TestServer.Start();
        await using var forwarder = StartAnswering(acme);
        const string Request = "GET /.well-known/acme-challenge/aZ0-_ HTTP/1.1\r\nHost: app.example\r\n\r\n";
        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(Request);
        client.EndSending();

        using var accepted = await acme.AcceptAsync();
        Assert.Equal(Request, await accepted.ReadAllTextAsync());
        await accepted.SendLastAsync("token.key");
        Assert.Equal("token.key", await client.ReadAllTextAsync());
        var line = await forwarder.NextAccessLineAsync();
        Assert.Equal(("completed", $"127.0.0.1:{acme.Port}"), (line.End, line.Text("Backend")));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/.well-known/acme-challenge")]
    [InlineData("/.well-known/acme-challenge/")]
    [InlineData("/.well-known/acme-challenge/a/b")]
    [InlineData("/.well-known/acme-challenge/../admin")]
    [InlineData("/.well-known/acme-challenge/a?b")]
    [InlineData("/.well-known/acme-challenge/%61")]
    [InlineData("/x/.well-known/acme-challenge/a")]
    public async Task What_is_no_challenge_is_sent_to_https_as_ever(string path)
    {
        using var acme = TestServer.Start();
        await using var forwarder = StartAnswering(acme);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync($"GET {path} HTTP/1.1\r\nHost: app.example\r\n\r\n");

        Assert.Contains($"\r\nLocation: https://app.example{path}\r\n", await client.ReadAllTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TLS_of_the_same_route_goes_to_its_backend()
    {
        using var server = TlsServer.Start("app.example");
        await using var forwarder = Start(server);
        using var client = await TestClient.ConnectAsync(forwarder);

        await using var tls = await client.StartTlsAsync("app.example");

        Assert.Equal("CN=app.example", tls.RemoteCertificate!.Subject);
    }

    private TestForwarder StartAnswering(TestServer acme) => engine.Start($"""
        [[listener]]
        bind = "127.0.0.1:0"
        [[route]]
        protocol = "http"
        redirect = "https"
        acme = "127.0.0.1:{acme.Port}"
        """);

    /// <summary>One name with a backend, one at another port, and all others of plain HTTP without a backend.</summary>
    private TestForwarder Start(TestServer server) => engine.Start($"""
        [[listener]]
        bind = "127.0.0.1:0"
        [[route]]
        hosts = ["app.example"]
        backend = "127.0.0.1:{server.Port}"
        redirect = "https"
        [[route]]
        hosts = ["port.example"]
        backend = "127.0.0.1:{server.Port}"
        redirect = "https:8443"
        [[route]]
        protocol = ["http", "h2c"]
        redirect = "https"
        """);
}

public sealed class RedirectTestsOnEpoll() : RedirectTests(Engine.Epoll);

public sealed class RedirectTestsOnSockets() : RedirectTests(Engine.Sockets);
