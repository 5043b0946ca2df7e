using System.Net;

namespace SniForward.Tests.EndToEnd;

/// <summary>PROXY headers from and to HAProxy and nginx.</summary>
public abstract class ProxyPeerTests(Engine engine)
{
    private const string Defaults = "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n";

    private const string Request = "GET / HTTP/1.1\r\nHost: www.example\r\nConnection: close\r\n\r\n";

    [Theory]
    [InlineData("send-proxy", "127.0.0.1")]
    [InlineData("send-proxy-v2", "127.0.0.1")]
    [InlineData("send-proxy-v2 proxy-v2-options crc32c,unique-id", "127.0.0.1")]
    [InlineData("send-proxy", "::1")]
    [InlineData("send-proxy-v2", "::1")]
    public async Task The_header_of_HAProxy_tells_the_client(string option, string address)
    {
        if (address == "::1") Machine.NeedsIPv6();
        using var server = TestServer.Echo("hello");
        await using var forwarder = StartBehindProxy(server.Port);
        var port = TestServer.RefusingPort();
        await using var haproxy = await PeerProcess.StartHaproxyAsync(
            $"{Defaults}frontend in\n  bind [{(address == "::1" ? "::1" : "::ffff:127.0.0.1")}]:{port}\n  unique-id-format %ci-%cp\n  default_backend out\nbackend out\n  server s 127.0.0.1:{forwarder.Port} {option}\n");
        using var client = await TestClient.ConnectAsync(new IPEndPoint(IPAddress.Parse(address), port));
        var local = client.Socket.LocalEndPoint!.ToString();

        await client.SendAsync(Request);
        client.EndSending();

        Assert.Equal($"hello\n{Request}", await client.ReadAllTextAsync());
        Assert.Equal(local, (await forwarder.NextAccessLineAsync()).Text("Client"));
    }

    [Fact]
    public async Task The_header_of_nginx_tells_the_client()
    {
        using var server = TestServer.Echo("hello");
        await using var forwarder = StartBehindProxy(server.Port);
        var port = TestServer.RefusingPort();
        await using var nginx = await PeerProcess.StartNginxAsync(
            $"stream {{ server {{ listen 127.0.0.1:{port}; proxy_protocol on; proxy_half_close on; proxy_pass 127.0.0.1:{forwarder.Port}; }} }}");
        using var client = await TestClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        var local = client.Socket.LocalEndPoint!.ToString();

        await client.SendAsync(Request);
        client.EndSending();

        Assert.Equal($"hello\n{Request}", await client.ReadAllTextAsync());
        Assert.Equal(local, (await forwarder.NextAccessLineAsync()).Text("Client"));
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    public async Task HAProxy_is_told_the_client(string version)
    {
        var port = TestServer.RefusingPort();
        await using var haproxy = await PeerProcess.StartHaproxyAsync(
            $"{Defaults}frontend in\n  mode http\n  bind 127.0.0.1:{port} accept-proxy\n  http-request return status 200 content-type text/plain lf-string \"%[src]:%[src_port] %[dst]:%[dst_port] %[fc_pp_authority]\"\n");
        await using var forwarder = Start(port, version);
        using var client = await TestClient.ConnectAsync(forwarder);
        var ends = $"{client.Socket.LocalEndPoint} {client.Socket.RemoteEndPoint}";

        await client.SendAsync(Request);

        Assert.EndsWith($"\r\n\r\n{ends} {(version == "v2" ? "www.example" : "")}", await client.ReadAllTextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    public async Task Nginx_is_told_the_client(string version)
    {
        var port = TestServer.RefusingPort();
        await using var nginx = await PeerProcess.StartNginxAsync(
            $"stream {{ server {{ listen 127.0.0.1:{port} proxy_protocol; return \"$proxy_protocol_addr:$proxy_protocol_port $proxy_protocol_server_addr:$proxy_protocol_server_port\"; }} }}");
        await using var forwarder = Start(port, version);
        using var client = await TestClient.ConnectAsync(forwarder);
        var ends = $"{client.Socket.LocalEndPoint} {client.Socket.RemoteEndPoint}";

        await client.SendAsync(Request);
        client.EndSending();

        Assert.Equal(ends, System.Text.Encoding.ASCII.GetString(await client.ReadAsync(ends.Length)));
    }

    private TestForwarder StartBehindProxy(int server) => Start(server, "off", "proxy_protocol = \"required\"\ntrusted_proxies = [\"127.0.0.1\"]");

    private TestForwarder Start(int server, string sendProxy, string listener = "") => engine.Start($"""
        [[listener]]
        bind = "127.0.0.1:0"
        {listener}
        [default]
        backend = "web"
        [backend.web]
        servers = ["127.0.0.1:{server}"]
        send_proxy = "{sendProxy}"
        """);
}

public sealed class ProxyPeerTestsOnEpoll() : ProxyPeerTests(Engine.Epoll);

public sealed class ProxyPeerTestsOnSockets() : ProxyPeerTests(Engine.Sockets);
