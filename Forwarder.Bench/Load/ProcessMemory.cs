using System.Globalization;

namespace SniForward.Bench.Load;

/// <summary>The memory that processes hold.</summary>
internal static class ProcessMemory
{
    /// <summary>Resident bytes; a page that several processes share counts in parts (Pss, proc_pid_smaps(5)).</summary>
    public static long Bytes(IEnumerable<int> processes) => processes.Sum(OfProcess);

    private static long OfProcess(int process)
    {
        var line = File.ReadLines($"/proc/{process}/smaps_rollup").First(line => line.StartsWith("Pss:", StringComparison.Ordinal));
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return long.Parse(fields[1], CultureInfo.InvariantCulture) * 1024;
    }
}
