using System.Diagnostics.Metrics;
using static SniForward.Telemetry.Metrics.Labels;

namespace SniForward.Startup;

/// <summary>Counts reloads by how they ended, and remembers when one last ended so. The start counts as none, but as a time.</summary>
internal sealed class ReloadMeter
{
    private readonly long[] _counts = new long[ReloadOutcome.Names.Count];
    private readonly long[] _times = new long[ReloadOutcome.Names.Count];
    private readonly TimeProvider _time;

    /// <param name="meter">What its instruments are added to.</param>
    /// <param name="time">The clock.</param>
    public ReloadMeter(Meter meter, TimeProvider time)
    {
        _time = time;
        Volatile.Write(ref _times[0], Now());
        meter.CreateObservableCounter(
            "sniforward.reloads", () => Of(_counts, least: 0), "{reload}",
            "Reloads of the configuration: applied, unchanged because it says the same, or refused because it is wrong.");
        meter.CreateObservableGauge(
            "sniforward.reload.time", () => Of(_times, least: 1), "s",
            "When a reload last ended so, in seconds since 1970; at first applied is when the process started.");
    }

    public void Count(ReloadOutcome outcome)
    {
        Interlocked.Increment(ref _counts[outcome.Index]);
        Volatile.Write(ref _times[outcome.Index], Now());
    }

    private static IEnumerable<Measurement<long>> Of(long[] values, long least) =>
        from index in Enumerable.Range(0, values.Length)
        let value = Volatile.Read(ref values[index])
        where value >= least
        select Measure(value, ("outcome", ReloadOutcome.Names[index]));

    private long Now() => _time.GetUtcNow().ToUnixTimeSeconds();
}
