using System.Net;
using System.Net.Sockets;

namespace SniForward.Tests;

/// <summary>What a test needs of the machine, and is skipped without.</summary>
internal static class Machine
{
    public static void NeedsIPv6()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        }
        catch (SocketException e)
        {
            Assert.Skip($"This machine has no IPv6 loopback: {e.Message}");
        }
    }

    public static void NeedsCommand(string name)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!folders.Any(folder => File.Exists(Path.Combine(folder, name)))) Assert.Skip($"This machine has no {name}.");
    }
}
