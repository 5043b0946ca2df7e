using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SniForward.Startup.TakeOver;

/// <summary>The other end of a unix socket.</summary>
internal static class Peer
{
    private const int SocketLevel = 1, Credentials = 17;

    /// <summary>The id of the process that connected or listened (SO_PEERCRED, unix(7)).</summary>
    public static int ProcessOf(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(SocketLevel, Credentials, credentials);
        return MemoryMarshal.Read<int>(credentials);
    }
}
