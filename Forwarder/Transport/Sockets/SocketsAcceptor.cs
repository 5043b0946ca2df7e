using System.Net;
using System.Net.Sockets;

namespace SniForward.Transport.Sockets;

/// <summary>A listening <see cref="Socket"/>.</summary>
internal sealed class SocketsAcceptor : IAcceptor
{
    // The kernel lowers it to net.core.somaxconn.
    private const int Backlog = 65_535;

    private readonly Socket _socket;
    private string? _unixPath;

    private SocketsAcceptor(Socket socket, string? unixPath)
    {
        _socket = socket;
        _unixPath = unixPath;
        LocalEndPoint = socket.LocalEndPoint ?? throw new SocketException((int)SocketError.InvalidArgument);
    }

    public EndPoint LocalEndPoint { get; }

    /// <inheritdoc cref="ITransport.Listen"/>
    public static SocketsAcceptor Bind(EndPoint local)
    {
        // What is set here, NoDelay and keep-alive, Linux hands on to each accepted socket.
        var socket = SocketsTransport.NewSocket(local.AddressFamily);
        try
        {
            if (local is IPEndPoint ip && ip.Address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            var unixPath = UnixPath(local);
            if (unixPath is not null) RemoveStale(unixPath, local);
            socket.Bind(local);
            socket.Listen(Backlog);
            return new SocketsAcceptor(socket, unixPath);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async ValueTask<SocketResult> AcceptAsync()
    {
        try
        {
            var client = await _socket.AcceptAsync().ConfigureAwait(false);
            return new SocketResult(new StreamSocket(client), SocketError.Success);
        }
        catch (SocketException e)
        {
            return new SocketResult(null, e.SocketErrorCode);
        }
        catch (ObjectDisposedException)
        {
            return new SocketResult(null, SocketError.OperationAborted);
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        // Once: by a second time another process may listen there.
        if (Interlocked.Exchange(ref _unixPath, null) is { } path) File.Delete(path);
    }

    private static string? UnixPath(EndPoint local)
    {
        // An abstract socket, whose name begins with a zero byte, has no file.
        return local is UnixDomainSocketEndPoint unix && unix.ToString() is { Length: > 0 } path && path[0] is not ('@' or '\0')
            ? path
            : null;
    }

    private static void RemoveStale(string path, EndPoint local)
    {
        if (!File.Exists(path)) return;
        using var probe = SocketsTransport.NewSocket(AddressFamily.Unix);
        try
        {
            probe.Connect(local);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }
        throw new SocketException((int)SocketError.AddressAlreadyInUse);
    }
}
