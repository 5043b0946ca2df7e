using System.Net;
using System.Net.Sockets;

namespace SniForward.Bench.Compare;

/// <summary>Ports to listen on, below those that Linux gives to outgoing connections.</summary>
internal static class FreePort
{
    private const int First = 20_000;
    private const int End = 32_768;

    private static int _last = First;

    /// <summary>A port of loopback that nobody listens on, another one each time.</summary>
    public static int Next()
    {
        while (++_last < End)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, _last));
                return _last;
            }
            catch (SocketException)
            {
                // Somebody else has it.
            }
        }
        throw new InvalidOperationException("No port is free.");
    }
}
