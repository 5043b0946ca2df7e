using System.Net;
using System.Net.Sockets;
using SniForward.Transport.Epoll;

namespace SniForward.Transport;

/// <summary>Sockets bound to a unix endpoint, which a <see cref="UnixSocketFile"/> has the file of.</summary>
internal static class UnixSocket
{
    /// <summary>A socket bound to <paramref name="local"/>.</summary>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    public static Socket Bind(EndPoint local)
    {
        // What .NET binds it also deletes, when another process has it long since.
        if (OperatingSystem.IsLinux()) return Descriptor.Bind(local);

        var socket = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(local);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
