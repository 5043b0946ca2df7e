using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SniForward.Tests.EndToEnd;

/// <summary>Request after request over connections that are kept, each routed by itself, allocates nothing.</summary>
[Collection(nameof(RunsAlone))]
public sealed class RequestSteadyStateTests
{
    private const int WarmUp = 2_000;
    private const int Exchanges = 20_000;

    [Theory]
    [InlineData("off", 0, 5, false)]
    [InlineData("off", 500, 2_000, true)]
    [InlineData("x-forwarded", 0, 100_000, false)]
    public async Task Requests_over_kept_connections_allocate_nothing(string forwarded, int up, int down, bool isChunked)
    {
        // Sockets that were never used asynchronously: on others, a call that blocks allocates by itself.
        using var servers = NewSocket();
        servers.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        servers.Listen();
        await using var forwarder = Engine.Epoll.Start($"""
            [[listener]]
            bind = "127.0.0.1:0"
            http_routing = "request"
            forwarded = "{forwarded}"
            [log]
            access = false
            [[route]]
            hosts = ["a.example"]
            backend = "{servers.LocalEndPoint}"
            """);
        using var client = NewSocket();
        client.Connect(forwarder.Address);
        var request = Message("POST / HTTP/1.1\r\nHost: a.example\r\n", up, isChunked);
        var answer = Message("HTTP/1.1 200 OK\r\n", down, isChunked);
        var sent = forwarded == "off" ? request.Length : request.Length + "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a.example\r\n".Length;
        var buffer = new byte[Math.Max(sent, answer.Length)];
        client.Send(request);
        using var server = servers.Accept();

        void Exchange(bool asks)
        {
            if (asks) client.Send(request);
            Receive(server, buffer, sent);
            server.Send(answer);
            Receive(client, buffer, answer.Length);
        }

        Exchange(asks: false);
        for (var i = 0; i < WarmUp; i++) Exchange(asks: true);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Exchanges; i++) Exchange(asks: true);
        var perExchange = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Exchanges;

        // One object for each would be 24 bytes at least; what the runtime does in the background is far below that.
        Assert.InRange(perExchange, 0, 12);
    }

    private static byte[] Message(string start, int length, bool isChunked)
    {
        var body = new string('x', length);
        return Encoding.ASCII.GetBytes(isChunked
            ? $"{start}Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n"
            : $"{start}Content-Length: {length}\r\n\r\n{body}");
    }

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private static void Receive(Socket socket, byte[] buffer, int count)
    {
        for (var received = 0; received < count;) received += socket.Receive(buffer, received, count - received, SocketFlags.None);
    }
}
