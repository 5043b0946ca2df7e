using System.Net;
using System.Net.Sockets;

namespace SniForward.Bench.Load;

/// <summary>The clients' side of bulk transfers, running from the first call until it is disposed of.</summary>
internal sealed class BulkTraffic : IDisposable
{
    private readonly List<Socket> _sockets = [];
    private readonly BulkCounter _received = new();
    private readonly BulkOrigin _origin;

    /// <exception cref="SocketException">A connection does not come about.</exception>
    public BulkTraffic(BulkOrigin origin, int port, int connections, OriginOrder order)
    {
        _origin = origin;
        for (var i = 0; i < connections; i++) _sockets.Add(Connect(port, order));
        foreach (var socket in _sockets)
        {
            if (order is OriginOrder.Upload or OriginOrder.Duplex) BulkPump.Send(socket);
            BulkPump.Receive(socket, _received);
        }
    }

    /// <summary>Bytes that have arrived where they were going, in both directions, ever.</summary>
    public long Bytes => _received.Bytes + _origin.Received.Bytes;

    public void Dispose()
    {
        foreach (var socket in _sockets)
        {
            // A reset ends the whole transfer at once, whatever is still on its way.
            socket.LingerState = new LingerOption(true, 0);
            socket.Dispose();
        }
    }

    private static Socket Connect(int port, OriginOrder order)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
        socket.Send(Hello.For(Hello.BulkName, order));
        return socket;
    }
}
