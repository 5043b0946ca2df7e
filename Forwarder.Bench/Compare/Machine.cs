namespace SniForward.Bench.Compare;

/// <summary>Where something was measured.</summary>
internal static class Machine
{
    /// <summary>What to know of this machine, by name.</summary>
    public static IReadOnlyList<(string Name, string Value)> Describe() =>
    [
        ("Processor", $"{Field("/proc/cpuinfo", "model name", ':')}, {Environment.ProcessorCount} cores"),
        ("Memory", $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024.0 * 1024 * 1024):0.0} GiB"),
        ("System", Field("/etc/os-release", "PRETTY_NAME", '=').Trim('"')),
        ("Kernel", File.ReadAllText("/proc/sys/kernel/osrelease").Trim()),
        ("Open files", $"{OpenFilesLimit.Hard:N0} a process"),
        (".NET", Environment.Version.ToString()),
    ];

    /// <summary>The value of the first line that begins with <paramref name="name"/>.</summary>
    private static string Field(string file, string name, char separator)
    {
        var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line is null ? "unknown" : line[(line.IndexOf(separator, StringComparison.Ordinal) + 1)..].Trim();
    }
}
