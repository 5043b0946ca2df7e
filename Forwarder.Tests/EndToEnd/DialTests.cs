using System.Net;
using System.Net.Sockets;

namespace SniForward.Tests.EndToEnd;

/// <summary>Reaching servers: in turn, by name, over unix sockets, past those that refuse or do not answer.</summary>
public abstract class DialTests(Engine engine)
{
    private const string Listener = "[[listener]]\nbind = \"127.0.0.1:0\"\n";

    [Fact]
    public async Task Servers_take_turns()
    {
        using var one = TestServer.Echo("one");
        using var two = TestServer.Echo("two");
        using var three = TestServer.Echo("three");
        await using var forwarder = engine.Start(Backend($"127.0.0.1:{one.Port}", $"127.0.0.1:{two.Port}", $"127.0.0.1:{three.Port}"));

        var order = new List<string>();
        for (var i = 0; i < 6; i++) order.Add(await AskNameAsync(forwarder));

        Assert.Equal(["one", "two", "three", "one", "two", "three"], order);
    }

    [Fact]
    public async Task A_server_that_refuses_is_passed_over()
    {
        using var alive = TestServer.Echo("alive");
        await using var forwarder = engine.Start(Backend($"127.0.0.1:{TestServer.RefusingPort()}", $"127.0.0.1:{alive.Port}"));

        for (var i = 0; i < 4; i++) Assert.Equal("alive", await AskNameAsync(forwarder));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_leaves_time_for_the_next()
    {
        using var deaf = DeafServer.Start();
        using var alive = TestServer.Echo("alive");
        await using var forwarder = engine.Start(Backend($"127.0.0.1:{deaf.Port}", $"127.0.0.1:{alive.Port}") + "[timeouts]\nconnect = \"1s\"");

        for (var i = 0; i < 2; i++) Assert.Equal("alive", await AskNameAsync(forwarder));
    }

    [Fact]
    public async Task A_host_name_is_resolved_and_each_of_its_addresses_tried()
    {
        // "localhost" is ::1 and 127.0.0.1, or one of them; the server listens on the IPv4 one alone.
        using var server = TestServer.Echo("by name");
        await using var forwarder = engine.Start($"{Listener}[default]\nbackend = \"localhost:{server.Port}\"");

        Assert.Equal("by name", await AskNameAsync(forwarder));
        Assert.Equal($"127.0.0.1:{server.Port}", (await forwarder.NextAccessLineAsync()).Text("Server"));
    }

    [Fact]
    public async Task A_server_may_listen_on_a_unix_socket()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("sniforward").FullName, "server.sock");
        using var server = TestServer.Echo("unix", new UnixDomainSocketEndPoint(path));
        await using var forwarder = engine.Start($"{Listener}[default]\nbackend = \"unix:{path}\"");

        Assert.Equal("unix", await AskNameAsync(forwarder));
        Assert.Equal($"unix:{path}", (await forwarder.NextAccessLineAsync()).Text("Server"));
    }

    [Fact]
    public async Task A_server_may_listen_on_IPv6()
    {
        Machine.NeedsIPv6();
        using var server = TestServer.Echo("six", new IPEndPoint(IPAddress.IPv6Loopback, 0));
        await using var forwarder = engine.Start($"{Listener}[default]\nbackend = \"[::1]:{server.Port}\"");

        Assert.Equal("six", await AskNameAsync(forwarder));
    }

    private static string Backend(params string[] servers) =>
        $"{Listener}[default]\nbackend = \"all\"\n[backend.all]\nservers = [{string.Join(", ", servers.Select(server => $"\"{server}\""))}]\n";

    private static async Task<string> AskNameAsync(TestForwarder forwarder) =>
        (await TestClient.AskAsync(forwarder.Address, "any.example")).Split('\n')[0];
}

public sealed class DialTestsOnEpoll() : DialTests(Engine.Epoll);

public sealed class DialTestsOnSockets() : DialTests(Engine.Sockets);
