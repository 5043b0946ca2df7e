using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using SniForward.Selecting;
using SniForward.Selecting.Names;
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
        var backend = new Backend(new BackendRules("all") { Attempts = attempts }, new BackendState(_ => null, TimeProvider.System));
        backend.Use([.. new[] { deaf.Port, TestServer.RefusingPort(), well.Port }.Select(port => new ServerSettings(new IPEndPoint(IPAddress.Loopback, port)))]);
        var servers = backend.Servers;
        while (backend.Usable == 3) servers[1].Health.Failed(SocketError.ConnectionRefused, onTrial: false);

        var dialling = new Dialer(transport, own, new HandshakeGate(2, 1)).DialAsync(new DialRequest(
            backend, Named: null, TimeSpan.FromSeconds(2), Client, Input: null, Opening: null)).AsTask();
        servers[1].Health.Connected();
        using var dialled = await dialling.InTimeAsync();

        Assert.Equal(isServed ? servers[2] : null, dialled.Server);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_name_that_took_all_the_time_to_resolve_leaves_none_for_its_server(int addresses)
    {
        var time = new FakeTimeProvider();
        using var transport = new SocketsTransport(time);
        using var own = new OwnAddresses();
        using var server = TestServer.Start();
        var asked = new TaskCompletionSource<IPAddress[]>();
        var name = new DnsEndPoint("a.example", server.Port);
        var resolver = new Resolver(_ => asked.Task, TimeSpan.FromSeconds(30), TimeProvider.System);
        var backend = new Backend(new BackendRules("all"), new BackendState(resolver.Find, TimeProvider.System));
        backend.Use([new ServerSettings(name)]);

        var dialling = new Dialer(transport, own, new HandshakeGate(2, 1)).DialAsync(new DialRequest(
            backend, Named: null, Patience.Limit, Client, Input: null, Opening: null)).AsTask();
        time.Advance(Patience.Limit * 2);
        asked.SetResult([.. Enumerable.Range(1, addresses).Select(i => new IPAddress([127, 0, 0, (byte)i]))]);

        using var dialled = await dialling.InTimeAsync();
        Assert.Equal(DialEnd.TimedOut, dialled.End);
        Assert.Equal(1, backend.Usable);
    }
}
