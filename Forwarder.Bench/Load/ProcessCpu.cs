using System.Globalization;

namespace SniForward.Bench.Load;

/// <summary>The time that processes have spent on a processor since it was made, to the nanosecond, by the scheduler's own account.</summary>
internal sealed class ProcessCpu
{
    private readonly IReadOnlyList<int> _processes;
    private readonly Dictionary<string, long> _before;

    public ProcessCpu(IReadOnlyList<int> processes)
    {
        _processes = processes;
        _before = Read();
    }

    /// <summary>Seconds up to now. What a thread that has ended meanwhile had used is not in it.</summary>
    public double Seconds() => Read().Sum(thread => thread.Value - _before.GetValueOrDefault(thread.Key)) / 1e9;

    /// <summary>The nanoseconds of each thread, by its folder.</summary>
    private Dictionary<string, long> Read()
    {
        var threads = new Dictionary<string, long>();
        foreach (var thread in _processes.SelectMany(process => Directory.EnumerateDirectories($"/proc/{process}/task")))
        {
            try
            {
                var text = File.ReadAllText(Path.Combine(thread, "schedstat"));
                threads[thread] = long.Parse(text.AsSpan(0, text.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // The thread has ended since it was listed.
            }
        }
        return threads;
    }
}
