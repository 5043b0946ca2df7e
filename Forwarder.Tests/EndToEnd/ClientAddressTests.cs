using System.Net;

namespace SniForward.Tests.EndToEnd;

/// <summary>The client's address in the access log is the client's own.</summary>
public abstract class ClientAddressTests(Engine engine)
{
    [Theory]
    [InlineData("127.0.0.1:0", "127.0.0.1")]
    [InlineData("[::1]:0", "::1")]
    [InlineData("[::]:0", "127.0.0.1")]
    [InlineData("[::]:0", "::1")]
    public async Task By_IPv4_IPv6_and_IPv4_on_a_socket_of_both(string bind, string address)
    {
        Machine.NeedsIPv6();
        using var server = TestServer.Echo("hello");
        await using var forwarder = engine.Start($"[[listener]]\nbind = \"{bind}\"\n[default]\nbackend = \"127.0.0.1:{server.Port}\"\n");
        using var client = await TestClient.ConnectAsync(new IPEndPoint(IPAddress.Parse(address), forwarder.Port));

        client.EndSending();
        await client.ReadAllAsync();

        Assert.Equal(client.Socket.LocalEndPoint?.ToString(), (await forwarder.NextAccessLineAsync()).Text("client"));
    }
}

public sealed class ClientAddressTestsOnEpoll() : ClientAddressTests(Engine.Epoll);

public sealed class ClientAddressTestsOnSockets() : ClientAddressTests(Engine.Sockets);
