using System.Net;
using System.Net.Sockets;

namespace SniForward.Transport.Epoll;

/// <summary>
/// Sockets made by the kernel's own calls, for any engine. Each is a <see cref="Socket"/>, because disposing of a
/// <see cref="SafeSocketHandle"/> by itself has the socket, whoever shares it, reset what it accepts from then on.
/// </summary>
internal static class Descriptor
{
    /// <summary>Another descriptor of the same socket, closed on exec.</summary>
    /// <exception cref="SocketException">It is closed, or no descriptor is left.</exception>
    public static Socket Duplicate(SafeSocketHandle socket) => Duplicate((int)socket.DangerousGetHandle());

    /// <inheritdoc cref="Duplicate(SafeSocketHandle)"/>
    public static Socket Duplicate(int socket) => Own(Libc.Duplicate(socket));

    /// <summary>A stream socket bound to <paramref name="local"/>, which does not block and is closed on exec.</summary>
    /// <exception cref="SocketException">It cannot be bound, or no descriptor is left.</exception>
    public static Socket Bind(EndPoint local)
    {
        var socket = Own(Libc.Socket(local.AddressFamily));
        SocketAddressBytes address = default;
        var bound = Libc.Bind((int)socket.Handle, ((ReadOnlySpan<byte>)address)[..SocketAddressBytes.Write(local, address)]);
        if (bound >= 0) return socket;
        socket.Dispose();
        throw new SocketException((int)Errno.ToSocketError(-bound));
    }

    /// <summary>The socket <paramref name="fd"/>, or if that is negative the error.</summary>
    /// <exception cref="SocketException">It is an error, or no socket.</exception>
    public static Socket Own(int fd) =>
        fd >= 0 ? new Socket(new SafeSocketHandle(fd, ownsHandle: true)) : throw new SocketException((int)Errno.ToSocketError(-fd));
}
