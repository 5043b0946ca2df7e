using System.Net;
using System.Net.Sockets;
using SniForward.Transport.Epoll;

namespace SniForward.Transport.Sockets;

/// <summary>A listening <see cref="Socket"/>.</summary>
internal sealed class SocketsAcceptor : IAcceptor
{
    // The kernel lowers it to net.core.somaxconn.
    private const int Backlog = 65_535;

    private readonly Socket _socket;
    private readonly UnixSocketFile _file;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();

    private SocketsAcceptor(Socket socket, UnixSocketFile file, TimeProvider time)
    {
        _socket = socket;
        _file = file;
        _time = time;
        LocalEndPoint = socket.LocalEndPoint ?? throw new SocketException((int)SocketError.InvalidArgument);
    }

    public EndPoint LocalEndPoint { get; }

    /// <inheritdoc cref="ITransport.Listen"/>
    public static SocketsAcceptor Bind(EndPoint local, TimeProvider time)
    {
        var file = UnixSocketFile.Claim(local);
        var socket = local is IPEndPoint ip ? BindTcp(ip) : UnixSocket.Bind(local);
        try
        {
            socket.Listen(Backlog);
            return new SocketsAcceptor(socket, file, time);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="ITransport.Adopt"/>
    public static SocketsAcceptor Adopt(SafeSocketHandle listening, UnixSocketFile file, TimeProvider time)
    {
        var socket = Descriptor.Duplicate(listening);
        if (socket.LocalEndPoint is IPEndPoint) SocketsTransport.SetUpTcp(socket);
        return new SocketsAcceptor(socket, file, time);
    }

    public Socket Share()
    {
        _file.Keep();
        return Descriptor.Duplicate(_socket.SafeHandle);
    }

    public void LookAgain()
    {
        // .NET is woken for every client, whoever else is.
    }

    public async ValueTask<SocketResult> AcceptAsync()
    {
        try
        {
            var client = await _socket.AcceptAsync(_stop.Token).ConfigureAwait(false);
            return new SocketResult(new StreamSocket(client, _time), SocketError.Success);
        }
        catch (SocketException e)
        {
            return new SocketResult(null, e.SocketErrorCode);
        }
        catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException)
        {
            return new SocketResult(null, SocketError.OperationAborted);
        }
    }

    private static Socket BindTcp(IPEndPoint local)
    {
        // What is set here, NoDelay and keep-alive, Linux hands on to each accepted socket.
        var socket = SocketsTransport.NewSocket(local.AddressFamily);
        try
        {
            if (local.Address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            socket.Bind(local);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        // To close a socket that somebody waits on, .NET has it reset what it accepted: with it whoever else listens on it.
        _stop.Cancel();
        _socket.Dispose();
        _file.Delete();
    }
}
