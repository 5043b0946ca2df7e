using System.Net;
using System.Net.Sockets;

namespace SniForward.Tests.EndToEnd;

/// <summary>A loopback port that answers no connection: its listener's queue is full and nobody accepts.</summary>
internal sealed class DeafServer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _queued = [];

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public static DeafServer Start()
    {
        var server = new DeafServer();
        server._listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        server._listener.Listen(0);
        // Linux queues one more than asked for, and drops the handshakes of all that follow.
        for (var i = 0; i < 8; i++)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            server._queued.Add(client);
            try
            {
                client.Connect(server._listener.LocalEndPoint!);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // The connection goes on in the background.
            }
        }
        return server;
    }

    public void Dispose()
    {
        _queued.ForEach(socket => socket.Dispose());
        _listener.Dispose();
    }
}
