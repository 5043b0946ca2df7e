using System.Net.Sockets;

namespace SniForward.Transport.Epoll;

/// <summary>What can be done with a descriptor on Linux, whichever engine it is for.</summary>
internal static class Descriptor
{
    /// <summary>Another descriptor of the same socket, closed on exec.</summary>
    /// <exception cref="SocketException">No descriptor is left.</exception>
    public static SafeSocketHandle Duplicate(SafeSocketHandle socket) => Libc.Duplicate((int)socket.DangerousGetHandle()) switch
    {
        < 0 and var error => throw new SocketException((int)Errno.ToSocketError(-error)),
        var fd => new SafeSocketHandle(fd, ownsHandle: true),
    };
}
