namespace SniForward.Tests.EndToEnd;

/// <summary>Names that clients choose lead only where the configuration lets them: no open relay, and no way inside.</summary>
public abstract class DynamicBackendTests(Engine engine)
{
    private const string Loopback = "\"127.0.0.0/8\", \"::1/128\"";

    [Fact]
    public async Task A_name_leads_to_the_server_of_that_name()
    {
        using var server = TestServer.Echo("by its name");
        await using var forwarder = Start(server.Port, Loopback);

        for (var i = 0; i < 3; i++) Assert.StartsWith("by its name\n", await TestClient.AskAsync(forwarder.Address, "LOCALHOST"), StringComparison.Ordinal);

        var line = await forwarder.NextAccessLineAsync();
        Assert.Equal("localhost", line.Route);
        Assert.Equal($"{{name}}:{server.Port}", line.Text("Backend"));
        Assert.Equal($"127.0.0.1:{server.Port}", line.Text("Server"));
    }

    [Fact]
    public async Task A_name_in_a_ClientHello_leads_there_as_well()
    {
        using var server = TlsServer.Start("localhost");
        await using var forwarder = Start(server.Port, Loopback);
        using var client = await TestClient.ConnectAsync(forwarder);

        using var tls = await client.StartTlsAsync("localhost");
        Assert.True(tls.IsEncrypted);
    }

    [Theory]
    [InlineData("\"203.0.113.0/24\"")]
    [InlineData("\"0.0.0.0/0\", \"::/0\"")]
    [InlineData("\"126.0.0.0/7\", \"::/1\"")]
    public async Task An_address_that_is_not_listed_itself_is_never_dialled(string allowed)
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server.Port, allowed);

        Assert.StartsWith("HTTP/1.1 403 ", await TestClient.AskAsync(forwarder.Address, "localhost"), StringComparison.Ordinal);
        Assert.Equal("address_not_allowed", (await forwarder.NextAccessLineAsync()).End);

        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(Peeking.HelloBuilder.For("localhost").Records());
        Assert.Equal([0x15, 3, 3, 0, 2, 2, 49], await client.ReadAllAsync());
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:6060")]
    [InlineData("[::1]")]
    [InlineData("other.example")]
    public async Task Only_names_that_the_route_has_lead_anywhere(string host)
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server.Port, Loopback, hosts: "/local.*/");

        Assert.StartsWith("HTTP/1.1 421 ", await TestClient.AskAsync(forwarder.Address, host), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_the_Host_chooses_no_port()
    {
        using var server = TestServer.Echo("the port of the route");
        await using var forwarder = Start(server.Port, Loopback);

        Assert.StartsWith("the port of the route\n", await TestClient.AskAsync(forwarder.Address, "localhost:1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_is_a_502()
    {
        await using var forwarder = Start(443, Loopback, hosts: "*.invalid");

        Assert.StartsWith("HTTP/1.1 502 ", await TestClient.AskAsync(forwarder.Address, "a.invalid"), StringComparison.Ordinal);
    }

    private TestForwarder Start(int port, string allowed, string hosts = "localhost") => engine.Start(
        $"""
        [[listener]]
        bind = "127.0.0.1:0"
        [[route]]
        hosts = ["{hosts}"]
        backend = "{"{name}"}:{port}"
        allow_addresses = [{allowed}]
        """);
}

public sealed class DynamicBackendTestsOnEpoll() : DynamicBackendTests(Engine.Epoll);

public sealed class DynamicBackendTestsOnSockets() : DynamicBackendTests(Engine.Sockets);
