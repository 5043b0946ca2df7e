namespace SniForward.Tests.EndToEnd;

/// <summary>Clients whose first bytes name no host, or that send none: SSH, what nobody knows, and what waits for its server.</summary>
public abstract class SilentClientTests(Engine engine)
{
    private const string Greeting = "220 ready\n";

    [Theory]
    [InlineData("[\"ssh\", \"tls\"]", "SSH-2.0-OpenSSH_9.2p1\r\n", "ssh", "ssh")]
    [InlineData("[\"any\"]", "SSH-2.0-OpenSSH_9.2p1\r\n", "ssh", "ssh")]
    [InlineData("[\"any\"]", "SSH-1.99-old\r\n", "ssh", "ssh")]
    [InlineData("[\"any\", \"tls\", \"http\"]", "SSH-2.0-x\r\n", "ssh", "ssh")]
    [InlineData("[\"any\"]", "SSH-3.0-x\r\n", "-", "default")]
    [InlineData("[\"any\"]", "\x01\x02\x03", "-", "default")]
    [InlineData("[\"any\"]", "EHLO x\r\n", "-", "default")]
    public async Task SSH_goes_to_its_route_and_what_nobody_knows_to_the_default(string protocols, string bytes, string protocol, string route)
    {
        using var ssh = TestServer.Echo("ssh");
        using var rest = TestServer.Echo("default");
        await using var forwarder = engine.Start($"""
            [[listener]]
            bind = "127.0.0.1:0"
            protocols = {protocols}
            [[route]]
            protocol = "ssh"
            backend = "127.0.0.1:{ssh.Port}"
            [default]
            backend = "127.0.0.1:{rest.Port}"
            """);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(bytes);
        client.EndSending();

        Assert.Equal($"{route}\n{bytes}", await client.ReadAllTextAsync());
        var line = await forwarder.NextAccessLineAsync();
        Assert.Equal((protocol, route, "completed"), (line.Text("Protocol"), line.Route, line.End));
    }

    [Fact]
    public async Task SSH_is_refused_at_once_where_it_is_not_accepted()
    {
        await using var forwarder = engine.Start("[[listener]]\nbind = \"127.0.0.1:0\"\n[timeouts]\npeek = \"1h\"");
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync("SSH-2.0-x");

        Assert.Empty(await client.ReadAllAsync());
        var line = await forwarder.NextAccessLineAsync();
        Assert.Equal(("ssh", "protocol_not_accepted"), (line.Text("Protocol"), line.End));
    }

    [Fact]
    public async Task A_client_that_waits_for_its_server_goes_to_the_default_after_the_silence()
    {
        using var server = TestServer.Echo("220 ready");
        await using var forwarder = StartWithSilence(server, "100ms");
        using var client = await TestClient.ConnectAsync(forwarder);

        Assert.Equal(Greeting, System.Text.Encoding.ASCII.GetString(await client.ReadAsync(Greeting.Length)));
        await client.SendAsync("HELO");
        client.EndSending();

        Assert.Equal("HELO", await client.ReadAllTextAsync());
        Assert.Equal("default", (await forwarder.NextAccessLineAsync()).Route);
    }

    [Fact]
    public async Task A_client_that_has_begun_to_speak_is_not_silent()
    {
        using var server = TestServer.Echo("default");
        using var named = TestServer.Echo("named");
        await using var forwarder = StartWithSilence(server, "100ms", $"[[route]]\nhosts = [\"www.example\"]\nbackend = \"127.0.0.1:{named.Port}\"");
        using var client = await TestClient.ConnectAsync(forwarder);
        using var witness = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync("GET / HTTP/1.1\r\nHo");
        // Silent from a later moment on, its silence is over after that of the client.
        await witness.ReadAsync("default\n".Length);
        await client.SendAsync("st: www.example\r\n\r\n");
        client.EndSending();

        Assert.StartsWith("named", await client.ReadAllTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_has_begun_to_speak_still_has_its_deadline()
    {
        using var server = TestServer.Echo("default");
        await using var forwarder = StartWithSilence(server, "50ms", "[timeouts]\npeek = \"300ms\"");
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync("GET / HTTP/1.1\r\nHo");

        Assert.StartsWith("HTTP/1.1 408 ", await client.ReadAllTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_ends_its_side_without_a_byte_is_not_silent()
    {
        using var server = TestServer.Echo("default");
        await using var forwarder = StartWithSilence(server, "4s");
        using var client = await TestClient.ConnectAsync(forwarder);

        client.EndSending();

        Assert.Empty(await client.ReadAllAsync());
        Assert.Equal("client_ended_early", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_route_may_hold_for_one_protocol_of_a_name_or_for_all_of_a_protocol()
    {
        using var tls = TlsServer.Start("www.example");
        using var http = TestServer.Echo("http");
        using var otherHttp = TestServer.Echo("other http");
        await using var forwarder = engine.Start($"""
            [[listener]]
            bind = "127.0.0.1:0"
            [[route]]
            hosts = ["www.example"]
            protocol = "http"
            backend = "127.0.0.1:{http.Port}"
            [[route]]
            hosts = ["www.example"]
            backend = "127.0.0.1:{tls.Port}"
            [[route]]
            protocol = ["http", "h2c"]
            backend = "127.0.0.1:{otherHttp.Port}"
            """);
        using var client = await TestClient.ConnectAsync(forwarder);

        using var stream = await client.StartTlsAsync("www.example");
        Assert.Equal("CN=www.example", stream.RemoteCertificate!.Subject);
        Assert.StartsWith("http\n", await TestClient.AskAsync(forwarder.Address, "www.example"), StringComparison.Ordinal);
        await forwarder.NextAccessLineAsync();
        Assert.StartsWith("other http\n", await TestClient.AskAsync(forwarder.Address, "other.example"), StringComparison.Ordinal);
        Assert.Equal("http,h2c", (await forwarder.NextAccessLineAsync()).Route);
    }

    private TestForwarder StartWithSilence(TestServer server, string silence, string more = "") => engine.Start($"""
        [[listener]]
        bind = "127.0.0.1:0"
        first_byte = "{silence}"
        [default]
        backend = "127.0.0.1:{server.Port}"
        {more}
        """);
}

public sealed class SilentClientTestsOnEpoll() : SilentClientTests(Engine.Epoll);

public sealed class SilentClientTestsOnSockets() : SilentClientTests(Engine.Sockets);
