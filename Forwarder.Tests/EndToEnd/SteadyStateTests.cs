using System.Net;
using System.Net.Sockets;

namespace SniForward.Tests.EndToEnd;

/// <summary>A connection that is spliced allocates nothing, however many bytes go both ways.</summary>
public abstract class SteadyStateTests(Engine engine)
{
    private const int WarmUp = 2_000;
    private const int Exchanges = 20_000;

    private static readonly byte[] Head = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"u8.ToArray();

    [Theory]
    [InlineData(100, 2)]
    [InlineData(100_000, 4)]
    public async Task Exchanges_over_an_open_connection_allocate_nothing(int size, int moves)
    {
        // Sockets that were never used asynchronously: on others, a call that blocks allocates by itself.
        using var servers = NewSocket();
        servers.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        servers.Listen();
        await using var forwarder = engine.Start($"[[listener]]\nbind = \"127.0.0.1:0\"\n[default]\nbackend = \"{servers.LocalEndPoint}\"");
        using var client = NewSocket();
        client.Connect(forwarder.Address);
        client.Send(Head);
        using var server = servers.Accept();
        Receive(server, new byte[Head.Length]);
        var bytes = new byte[size];

        for (var i = 0; i < WarmUp; i++) Exchange(client, server, bytes);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Exchanges; i++) Exchange(client, server, bytes);
        var perExchange = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Exchanges;

        // One object for each move would be 24 bytes at least; what the runtime does in the background is far below that.
        Assert.InRange(perExchange, 0, 12 * moves);
    }

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private static void Exchange(Socket client, Socket server, byte[] bytes)
    {
        client.Send(bytes);
        Receive(server, bytes);
        server.Send(bytes);
        Receive(client, bytes);
    }

    private static void Receive(Socket socket, byte[] bytes)
    {
        for (var received = 0; received < bytes.Length;) received += socket.Receive(bytes, received, bytes.Length - received, SocketFlags.None);
    }
}

[Collection(nameof(RunsAlone))]
public sealed class SteadyStateTestsOnEpoll() : SteadyStateTests(Engine.Epoll);

[Collection(nameof(RunsAlone))]
public sealed class SteadyStateTestsOnSockets() : SteadyStateTests(Engine.Sockets);
