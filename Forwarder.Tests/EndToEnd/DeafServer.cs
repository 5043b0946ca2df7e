using System.Net;
using System.Net.Sockets;

namespace SniForward.Tests.EndToEnd;

/// <summary>A loopback port that answers no connection, until it is told to hear: its listener's queue is full and nobody accepts.</summary>
internal sealed class DeafServer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _queued = [];

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <param name="port">0 takes a free one.</param>
    public static DeafServer Start(int port = 0)
    {
        var server = new DeafServer();
        server._listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        server._listener.Listen(0);
        // Linux queues one more than asked for, and drops the handshakes of all that follow.
        for (var i = 0; i < 8; i++)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            server._queued.Add(client);
            client.Bind(new IPEndPoint(IPAddress.Loopback, 0));
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

    /// <summary>Accepts from now on; the first connection that is not one of those that fill the queue.</summary>
    public async Task<Socket> HearAsync()
    {
        while (true)
        {
            var accepted = await _listener.AcceptAsync(TestContext.Current.CancellationToken).AsTask().InTimeAsync();
            if (!IsOwn(((IPEndPoint)accepted.RemoteEndPoint!).Port)) return accepted;
            accepted.Dispose();
        }
    }

    /// <summary>Whether the connection from <paramref name="port"/> is one of those that fill the queue.</summary>
    public bool IsOwn(int port) => _queued.Exists(socket => ((IPEndPoint)socket.LocalEndPoint!).Port == port);

    public void Dispose()
    {
        _queued.ForEach(socket => socket.Dispose());
        _listener.Dispose();
    }
}
