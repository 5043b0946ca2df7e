using System.Net;
using System.Net.Sockets;

namespace SniForward.Bench.Load;

/// <summary>The server behind the proxies that sends and receives in bulk.</summary>
/// <param name="serve">Serves a client, in a thread of its own, and counts what that uploads.</param>
internal sealed class BulkOrigin(Action<Socket, BulkCounter> serve) : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>What all uploads have brought so far.</summary>
    public BulkCounter Received { get; } = new();

    /// <summary>Listens on a free port of loopback, which it returns, until it is disposed of.</summary>
    public int Listen()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        BulkPump.Run(AcceptAll);
        return ((IPEndPoint)_listener.LocalEndPoint!).Port;
    }

    /// <summary>Sends and receives as the hello orders.</summary>
    public static void ServeHello(Socket client, BulkCounter received)
    {
        var order = ReceiveHello(client);
        if (order is OriginOrder.Download or OriginOrder.Duplex) BulkPump.Send(client);
        BulkPump.Receive(client, received);
    }

    public void Dispose() => _listener.Dispose();

    private void AcceptAll()
    {
        while (true)
        {
            var client = _listener.Accept();
            BulkPump.Run(() => serve(client, Received));
        }
    }

    private static OriginOrder ReceiveHello(Socket client)
    {
        using var stream = new NetworkStream(client);
        var hello = new byte[1024];
        stream.ReadExactly(hello, 0, Hello.HeaderSize);
        stream.ReadExactly(hello, Hello.HeaderSize, Hello.LengthOf(hello) - Hello.HeaderSize);
        return Hello.OrderOf(hello);
    }
}
