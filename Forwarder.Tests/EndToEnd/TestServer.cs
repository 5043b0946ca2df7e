using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace SniForward.Tests.EndToEnd;

/// <summary>A server on loopback whose accepted connections the test drives itself.</summary>
internal sealed class TestServer : IDisposable
{
    private readonly Socket _listener;
    private readonly Channel<Socket> _accepted = Channel.CreateUnbounded<Socket>();
    private readonly List<Socket> _sockets = [];

    private TestServer(EndPoint address)
    {
        _listener = new Socket(
            address.AddressFamily, SocketType.Stream, address is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        _listener.Bind(address);
        _listener.Listen(4096);
        Address = _listener.LocalEndPoint!;
    }

    public EndPoint Address { get; }

    public int Port => ((IPEndPoint)Address).Port;

    /// <summary>A server whose connections wait for <see cref="AcceptAsync"/>.</summary>
    public static TestServer Start(EndPoint? address = null)
    {
        var server = new TestServer(address ?? new IPEndPoint(IPAddress.Loopback, 0));
        _ = server.RunAsync(null);
        return server;
    }

    /// <summary>A server that runs <paramref name="serve"/> on each connection, and closes it after.</summary>
    public static TestServer Start(Func<NetworkStream, Task> serve, EndPoint? address = null)
    {
        var server = new TestServer(address ?? new IPEndPoint(IPAddress.Loopback, 0));
        _ = server.RunAsync(serve);
        return server;
    }

    /// <summary>A server that says its name, then sends back all that it gets, until the client ends.</summary>
    public static TestServer Echo(string name, EndPoint? address = null) => Start(
        async stream =>
        {
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(name + "\n"));
            await stream.CopyToAsync(stream);
        },
        address);

    /// <summary>A loopback port that nobody listens on.</summary>
    public static int RefusingPort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public async Task<Socket> AcceptAsync() =>
        await _accepted.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().InTimeAsync();

    /// <summary>Refuses connections from now on; those that it has stay open.</summary>
    public void StopListening() => _listener.Dispose();

    public void Dispose()
    {
        _listener.Dispose();
        lock (_sockets) _sockets.ForEach(socket => socket.Dispose());
    }

    private async Task RunAsync(Func<NetworkStream, Task>? serve)
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync();
                lock (_sockets) _sockets.Add(socket);
                if (serve is null) _accepted.Writer.TryWrite(socket);
                else _ = ServeAsync(socket, serve);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed: the test is over.
        }
    }

    private static async Task ServeAsync(Socket socket, Func<NetworkStream, Task> serve)
    {
        using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await serve(stream);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The client is gone.
        }
    }
}
