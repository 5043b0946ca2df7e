using System.Net;
using System.Net.Sockets;

namespace SniForward.Bench.Load;

/// <summary>The clients' side of bulk transfers, running from the first call until it is disposed of.</summary>
internal sealed class BulkTraffic : IDisposable
{
    private readonly List<Socket> _sockets = [];
    private readonly BulkCounter _received = new();
    private readonly BulkOrigin _origin;

    /// <param name="request">What is asked for.</param>
    /// <param name="origin">Where it goes.</param>
    /// <param name="begin">Begins the transfer on a connection, in threads of its own, and counts what is received.</param>
    /// <exception cref="SocketException">A connection does not come about.</exception>
    public BulkTraffic(LoadRequest request, BulkOrigin origin, Action<Socket, OriginOrder, BulkCounter> begin)
    {
        _origin = origin;
        for (var i = 0; i < request.BulkConnections; i++) _sockets.Add(Connect(request.BulkPort));
        foreach (var socket in _sockets) begin(socket, request.Order, _received);
    }

    /// <summary>Bytes that have arrived where they were going, in both directions, ever.</summary>
    public long Bytes => _received.Bytes + _origin.Received.Bytes;

    /// <summary>Orders with a hello what is then sent, received, or both.</summary>
    public static void BeginWithHello(Socket socket, OriginOrder order, BulkCounter received)
    {
        socket.Send(Hello.For(Hello.BulkName, order));
        if (order is OriginOrder.Upload or OriginOrder.Duplex) BulkPump.Send(socket);
        BulkPump.Receive(socket, received);
    }

    public void Dispose()
    {
        foreach (var socket in _sockets)
        {
            // A reset ends the whole transfer at once, whatever is still on its way.
            socket.LingerState = new LingerOption(true, 0);
            socket.Dispose();
        }
    }

    private static Socket Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }
}
