using System.Net;
using System.Net.Sockets;
using SniForward.Startup;

namespace SniForward.Tests.EndToEnd;

/// <summary>Where connections come in, and how they are seen off at the end.</summary>
public abstract class ListenerTests(Engine engine)
{
    [Fact]
    public async Task Several_listeners_each_with_several_addresses()
    {
        using var one = TestServer.Echo("one");
        using var two = TestServer.Echo("two");
        await using var forwarder = engine.Start($"""
            [[listener]]
            name = "first"
            bind = ["127.0.0.1:0", "127.0.0.2:0"]
            default = "127.0.0.1:{one.Port}"
            [[listener]]
            name = "second"
            bind = "127.0.0.1:0"
            [[route]]
            hosts = ["www.example"]
            listeners = ["first"]
            backend = "127.0.0.1:{one.Port}"
            [default]
            backend = "127.0.0.1:{two.Port}"
            """);

        Assert.StartsWith("one", await TestClient.AskAsync(forwarder.Addresses[0], "www.example"), StringComparison.Ordinal);
        Assert.StartsWith("one", await TestClient.AskAsync(forwarder.Addresses[1], "other.example"), StringComparison.Ordinal);
        Assert.StartsWith("two", await TestClient.AskAsync(forwarder.Addresses[2], "www.example"), StringComparison.Ordinal);
        Assert.Contains(forwarder.Lines, line => line == $"Information: listener second is listening on {forwarder.Addresses[2]}");
    }

    [Fact]
    public async Task An_IPv6_wildcard_takes_IPv4_clients_too_and_knows_their_IPv4_address()
    {
        Machine.NeedsIPv6();
        using var four = TestServer.Echo("four");
        using var six = TestServer.Echo("six");
        await using var forwarder = engine.Start($"""
            [[listener]]
            bind = "[::]:0"
            [[route]]
            hosts = ["www.example"]
            clients = ["127.0.0.0/8"]
            backend = "127.0.0.1:{four.Port}"
            [[route]]
            hosts = ["www.example"]
            clients = ["::1"]
            backend = "127.0.0.1:{six.Port}"
            """);

        Assert.StartsWith("four", await TestClient.AskAsync(new IPEndPoint(IPAddress.Loopback, forwarder.Port), "www.example"), StringComparison.Ordinal);
        Assert.StartsWith("127.0.0.1:", (await forwarder.NextAccessLineAsync()).Text("Client"), StringComparison.Ordinal);
        Assert.StartsWith("six", await TestClient.AskAsync(new IPEndPoint(IPAddress.IPv6Loopback, forwarder.Port), "www.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_unix_socket_takes_clients_and_leaves_no_file_behind()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("sniforward").FullName, "listener.sock");
        using var server = TestServer.Echo("unix");
        var toml = $"[[listener]]\nbind = \"unix:{path}\"\n[default]\nbackend = \"127.0.0.1:{server.Port}\"";
        // What a killed process leaves behind must not stop the next.
        using (var stale = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            stale.Bind(new UnixDomainSocketEndPoint(path));
        }

        await using (var forwarder = engine.Start(toml))
        {
            Assert.StartsWith("unix", await TestClient.AskAsync(new UnixDomainSocketEndPoint(path), "any.example"), StringComparison.Ordinal);
            Assert.Throws<BindException>(() => engine.Start(toml));
            Assert.StartsWith("unix", await TestClient.AskAsync(new UnixDomainSocketEndPoint(path), "any.example"), StringComparison.Ordinal);
        }

        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_forwarder_that_has_stopped_does_not_take_the_unix_socket_of_the_next()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("sniforward").FullName, "listener.sock");
        using var server = TestServer.Echo("next");
        var toml = $"[[listener]]\nbind = \"unix:{path}\"\n[default]\nbackend = \"127.0.0.1:{server.Port}\"";

        var first = engine.Start(toml);
        await first.Forwarder.StopAsync(TimeSpan.Zero, CancellationToken.None);
        await using var next = engine.Start(toml);
        await first.DisposeAsync();

        Assert.StartsWith("next", await TestClient.AskAsync(new UnixDomainSocketEndPoint(path), "any.example"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_in_use_is_said_in_one_line_that_names_the_listener_and_the_address()
    {
        using var other = TestServer.Start();

        var exception = Assert.Throws<BindException>(
            () => engine.Start($"[[listener]]\nname = \"web\"\nbind = [\"127.0.0.1:0\", \"127.0.0.1:{other.Port}\"]\n"));

        Assert.Contains("listener \"web\"", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"127.0.0.1:{other.Port}", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public async Task A_drain_waits_for_open_connections()
    {
        using var server = TestServer.Echo("echo");
        await using var forwarder = engine.Start($"[[listener]]\nbind = \"127.0.0.1:0\"\n[default]\nbackend = \"127.0.0.1:{server.Port}\"");
        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        await client.ReadAsync(5);

        var drained = forwarder.Forwarder.StopAsync(Patience.Limit, CancellationToken.None);
        await Assert.ThrowsAsync<SocketException>(() => TestClient.ConnectAsync(forwarder));
        Assert.False(drained.IsCompleted);
        await client.SendAsync("still here");
        client.EndSending();

        Assert.EndsWith("still here", await client.ReadAllTextAsync(), StringComparison.Ordinal);
        await drained.InTimeAsync();
        Assert.Equal("completed", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task What_is_open_after_the_drain_is_reset_wherever_it_is_on_its_path()
    {
        using var server = TestServer.Echo("echo");
        await using var forwarder = engine.Start($"[[listener]]\nbind = \"127.0.0.1:0\"\n[default]\nbackend = \"127.0.0.1:{server.Port}\"");
        using var spliced = await TestClient.ConnectAsync(forwarder);
        await spliced.SendAsync("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        await spliced.ReadAsync("echo\nGET / HTTP/1.1\r\nHost: a.example\r\n\r\n".Length);
        using var peeked = await TestClient.ConnectAsync(forwarder);
        await peeked.SendAsync("GET");
        Assert.True(SpinWait.SpinUntil(() => forwarder.Forwarder.OpenConnections == 2, Patience.Limit));

        await forwarder.Forwarder.StopAsync(TimeSpan.Zero, CancellationToken.None);

        await spliced.ExpectResetAsync();
        await peeked.ExpectResetAsync();
        Assert.Equal("drained", (await forwarder.NextAccessLineAsync()).End);
        Assert.Equal("drained", (await forwarder.NextAccessLineAsync()).End);
    }
}

public sealed class ListenerTestsOnEpoll() : ListenerTests(Engine.Epoll);

public sealed class ListenerTestsOnSockets() : ListenerTests(Engine.Sockets);
