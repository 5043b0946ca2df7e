using System.Net;
using System.Net.Sockets;
using SniForward.Selecting;
using SniForward.Tests.EndToEnd;
using SniForward.Transport.Sockets;
using SniForward.Transport.Tls;

namespace SniForward.Tests.Selecting;

/// <summary>Servers that come and go while one connection tries them in turn.</summary>
public sealed class DialerTests
{
    private static readonly IPEndPoint Client = new(IPAddress.Loopback, 50_000);

    [Theory]
    [InlineData(0, true)]
    [InlineData(3, true)]
    [InlineData(2, false)]
    public async Task A_server_that_comes_back_meanwhile_and_refuses_takes_no_attempt_from_the_one_that_is_well(int attempts, bool isServed)
    {
        using var transport = new SocketsTransport(TimeProvider.System);
        using var own = new OwnAddresses();
        using var deaf = DeafServer.Start();
        using var well = TestServer.Start();
        var backend = new Backend(new BackendRules("all") { Attempts = attempts }, TimeProvider.System);
        Server[] servers = [NewServer(backend, deaf.Port), NewServer(backend, TestServer.RefusingPort()), NewServer(backend, well.Port)];
        backend.Use(servers);
        while (backend.Usable == 3) servers[1].Health.Failed(SocketError.ConnectionRefused, onTrial: false);

        var dialling = new Dialer(transport, own, new HandshakeGate(2, 1)).DialAsync(new DialRequest(
            backend, Named: null, TimeSpan.FromSeconds(2), Client, Input: null, Opening: null)).AsTask();
        servers[1].Health.Connected();
        using var dialled = await dialling.InTimeAsync();

        Assert.Equal(isServed ? servers[2] : null, dialled.Server);
    }

    private static Server NewServer(Backend backend, int port) =>
        backend.NewServer(new ServerSettings(new IPEndPoint(IPAddress.Loopback, port)), addresses: null);
}
