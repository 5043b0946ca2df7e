using System.Globalization;

namespace SniForward.Accepting;

/// <summary>
/// How many connections the process's limit of open files allows. The runtime ends the process when it cannot open a
/// file to start a thread with, so the last descriptors are never given to connections.
/// </summary>
internal static class OpenFiles
{
    /// <summary>Left for the runtime's threads, the resolver and the log.</summary>
    private const int Reserve = 64;

    /// <summary>A client's socket and a server's.</summary>
    private const int PerConnection = 2;

    /// <summary>
    /// The connections that may be open at once, at least 1, counted from what is open now; each of
    /// <paramref name="listeners"/> needs three more, to listen, to hold a client that waits and to spare, and each of
    /// <paramref name="pipes"/> two; and there are <paramref name="others"/>. No limit is known outside Linux.
    /// </summary>
    public static int AllowedConnections(int listeners, int pipes, int others)
    {
        if (Limit() is not { } limit) return int.MaxValue;
        return (int)Math.Clamp((limit - (Count() ?? 0) - Reserve - 3 * listeners - 2 * pipes - others) / PerConnection, 1, int.MaxValue);
    }

    /// <summary>How many files are open, sockets and pipes too; null if that is not known.</summary>
    public static int? Count() => OperatingSystem.IsLinux() ? Directory.EnumerateFileSystemEntries("/proc/self/fd").Count() : null;

    /// <summary>How many pipes all engines together may have open: an eighth of the descriptors, as far as they need them.</summary>
    public static int AllowedPipes(int engines) => (int)Math.Min(Limit() / 16 ?? long.MaxValue, 128L * engines);

    /// <summary>The soft limit (getrlimit(2), RLIMIT_NOFILE); null if there is none.</summary>
    public static long? Limit()
    {
        if (!OperatingSystem.IsLinux()) return null;
        var line = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        var soft = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(3);
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;
    }
}
