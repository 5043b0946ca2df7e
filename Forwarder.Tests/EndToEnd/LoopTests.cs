using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace SniForward.Tests.EndToEnd;

/// <summary>A connection that would come back is refused, once, instead of going round until no descriptor is left.</summary>
public abstract class LoopTests(Engine engine)
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.1", "localhost")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.2")]
    [InlineData("[::]", "127.0.0.1")]
    [InlineData("[::]", "localhost")]
    public async Task A_server_that_is_a_listener_is_refused(string bind, string server)
    {
        if (bind == "[::]") Machine.NeedsIPv6();
        var port = TestServer.RefusingPort();
        await using var forwarder = engine.Start(Config($"{bind}:{port}", $"{server}:{port}"));

        await ExpectLoopAsync(forwarder, new IPEndPoint(IPAddress.Loopback, port));
    }

    [Fact]
    public async Task An_address_of_the_machine_is_one_of_a_listener_on_every_address()
    {
        var address = NetworkInterface.GetAllNetworkInterfaces().SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address).FirstOrDefault(one => one.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(one));
        if (address is null) Assert.Skip("This machine has no address but loopback.");
        var port = TestServer.RefusingPort();
        await using var forwarder = engine.Start(Config($"0.0.0.0:{port}", $"{address}:{port}"));

        await ExpectLoopAsync(forwarder, new IPEndPoint(IPAddress.Loopback, port));
    }

    [Fact]
    public async Task A_unix_socket_of_a_listener_is_refused()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("sniforward").FullName, "own.sock");
        await using var forwarder = engine.Start(Config($"unix:{path}", $"unix:{path}"));

        await ExpectLoopAsync(forwarder, new UnixDomainSocketEndPoint(path));
    }

    [Fact]
    public async Task Another_address_with_the_same_port_is_not_ours()
    {
        using var server = TestServer.Echo("another's", new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        await using var forwarder = engine.Start(Config($"127.0.0.1:{server.Port}", $"127.0.0.2:{server.Port}"));

        Assert.StartsWith("another's", await TestClient.AskAsync(forwarder.Address, "any.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_beside_one_that_is_a_listener_serves()
    {
        using var server = TestServer.Echo("served");
        var port = TestServer.RefusingPort();
        await using var forwarder = engine.Start(Config($"127.0.0.1:{port}", $"127.0.0.1:{port}\", \"127.0.0.1:{server.Port}"));

        for (var i = 0; i < 4; i++) Assert.StartsWith("served", await TestClient.AskAsync(forwarder.Address, "any.example"), StringComparison.Ordinal);
    }

    private static async Task ExpectLoopAsync(TestForwarder forwarder, EndPoint address)
    {
        Assert.StartsWith("HTTP/1.1 508 ", await TestClient.AskAsync(address, "any.example"), StringComparison.Ordinal);
        Assert.Equal("loop", (await forwarder.NextAccessLineAsync()).End);
        Assert.True(SpinWait.SpinUntil(() => forwarder.Forwarder.OpenConnections == 0, Patience.Limit));
        await forwarder.StopAsync();
        Assert.Single(forwarder.Lines, line => line.Contains(" client=", StringComparison.Ordinal));
    }

    private static string Config(string bind, string servers) =>
        $"[[listener]]\nbind = \"{bind}\"\n[default]\nbackend = \"all\"\n[backend.all]\nservers = [\"{servers}\"]\n";
}

public sealed class LoopTestsOnEpoll() : LoopTests(Engine.Epoll);

public sealed class LoopTestsOnSockets() : LoopTests(Engine.Sockets);
