using System.Net.Sockets;

namespace SniForward.Transport.Epoll;

/// <summary>Sockets that go from one process to another over a unix socket (SCM_RIGHTS, unix(7)), each with a message of one byte.</summary>
internal static class SocketPassing
{
    /// <summary>Sends <paramref name="message"/>, and <paramref name="socket"/> with it if there is one, within the send timeout of <paramref name="over"/>.</summary>
    /// <exception cref="SocketException">It could not be sent.</exception>
    public static void Send(Socket over, byte message, Socket? socket)
    {
        var sent = Libc.SendMessage((int)over.Handle, message, socket is null ? -1 : (int)socket.Handle);
        if (sent < 0) throw new SocketException((int)Errno.ToSocketError(-sent));
    }

    /// <summary>The next message, and the socket that came with it, within the receive timeout of <paramref name="over"/>; null at the end.</summary>
    /// <exception cref="SocketException">None came.</exception>
    public static (byte Message, Socket? Socket)? Receive(Socket over)
    {
        var received = Libc.ReceiveMessage((int)over.Handle, out var message, out var fd);
        if (received < 0) throw new SocketException((int)Errno.ToSocketError(-received));
        return received == 0 ? null : (message, fd < 0 ? null : Descriptor.Own(fd));
    }
}
