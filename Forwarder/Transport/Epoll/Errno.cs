using System.Net.Sockets;

namespace SniForward.Transport.Epoll;

/// <summary>Error numbers of Linux (errno(3)), the same on x86-64 and ARM64, and what they are to those above the seam.</summary>
internal static class Errno
{
    public const int EPERM = 1;
    public const int EINTR = 4;
    public const int EBADF = 9;
    public const int EAGAIN = 11;
    public const int EINVAL = 22;
    public const int EPIPE = 32;
    public const int EINPROGRESS = 115;

    public static SocketError ToSocketError(int errno) => errno switch
    {
        0 => SocketError.Success,
        EPERM or 13 => SocketError.AccessDenied, // EPERM, EACCES
        2 => SocketError.ConnectionRefused, // ENOENT: nobody made that unix socket
        EINTR => SocketError.Interrupted,
        EBADF => SocketError.OperationAborted, // closed on this side
        EAGAIN => SocketError.WouldBlock,
        12 or 105 => SocketError.NoBufferSpaceAvailable, // ENOMEM, ENOBUFS
        EINVAL => SocketError.InvalidArgument,
        23 or 24 => SocketError.TooManyOpenSockets, // ENFILE, EMFILE
        EPIPE => SocketError.ConnectionReset,
        71 => SocketError.ProtocolNotSupported, // EPROTO
        88 => SocketError.NotSocket, // ENOTSOCK
        92 => SocketError.ProtocolOption, // ENOPROTOOPT
        93 => SocketError.ProtocolNotSupported, // EPROTONOSUPPORT
        95 => SocketError.OperationNotSupported, // EOPNOTSUPP
        97 => SocketError.AddressFamilyNotSupported, // EAFNOSUPPORT
        98 => SocketError.AddressAlreadyInUse, // EADDRINUSE
        99 => SocketError.AddressNotAvailable, // EADDRNOTAVAIL
        100 => SocketError.NetworkDown, // ENETDOWN
        101 => SocketError.NetworkUnreachable, // ENETUNREACH
        103 => SocketError.ConnectionAborted, // ECONNABORTED
        104 => SocketError.ConnectionReset, // ECONNRESET
        107 => SocketError.NotConnected, // ENOTCONN
        110 => SocketError.TimedOut, // ETIMEDOUT
        111 => SocketError.ConnectionRefused, // ECONNREFUSED
        112 => SocketError.HostDown, // EHOSTDOWN
        113 or 64 => SocketError.HostUnreachable, // EHOSTUNREACH, ENONET
        _ => SocketError.SocketError,
    };
}
