using System.Globalization;

namespace SniForward.Bench.Compare;

/// <summary>How many files a process may open here, and what follows from that.</summary>
internal static class OpenFilesLimit
{
    private const int Spare = 1000;
    private const int LargestUseful = 200_000;

    /// <summary>The hard limit, or what is more than enough.</summary>
    public static int Hard { get; } = Read();

    /// <summary>Connections that every proxy can have: two sockets each, and pipes for a quarter of them (haproxy's maxpipes).</summary>
    public static int ProxyConnections => (Hard - Spare) * 2 / 5;

    private static int Read()
    {
        var line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        var hard = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];
        return int.TryParse(hard, CultureInfo.InvariantCulture, out var limit) ? Math.Min(limit, LargestUseful) : LargestUseful;
    }
}
