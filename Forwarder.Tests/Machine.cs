using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

// Signals, modes of files, /proc.
[assembly: UnsupportedOSPlatform("windows")]

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

    public static void NeedsDescriptors(int count)
    {
        var line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        var hard = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];
        if (int.TryParse(hard, out var allowed) && allowed < count) Assert.Skip($"This machine allows {allowed} open files, and this takes {count}.");
    }

    /// <summary>Where the program is; also where root alone has it on its path.</summary>
    public static string NeedsCommand(string name)
    {
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator), "/usr/sbin"];
        var found = folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        if (found is null) Assert.Skip($"This machine has no {name}.");
        return found;
    }

    /// <summary>Mounts that only the test's own process sees: root may make them, but not in every container.</summary>
    public static void NeedsMounts()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("Only root may mount.");
        using var unshare = Process.Start(NeedsCommand("unshare"), ["--mount", "true"]);
        unshare.WaitForExit();
        if (unshare.ExitCode != 0) Assert.Skip("This machine allows no mounts.");
    }
}
