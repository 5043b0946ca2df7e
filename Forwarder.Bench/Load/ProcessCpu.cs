using System.Globalization;

namespace SniForward.Bench.Load;

/// <summary>The time that processes have spent on a processor, to the nanosecond, by the scheduler's own account.</summary>
internal static class ProcessCpu
{
    /// <summary>Nanoseconds of all threads that live now. What a thread that ended has used is lost.</summary>
    public static long Nanoseconds(IEnumerable<int> processes) => processes.Sum(OfProcess);

    private static long OfProcess(int process)
    {
        var total = 0L;
        foreach (var thread in Directory.EnumerateDirectories($"/proc/{process}/task"))
        {
            try
            {
                var text = File.ReadAllText(Path.Combine(thread, "schedstat"));
                total += long.Parse(text.AsSpan(0, text.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // The thread has ended between the two lines.
            }
        }
        return total;
    }
}
