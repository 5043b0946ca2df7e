using SniForward.Bench.Load;

namespace SniForward.Bench.Compare;

/// <summary>How a measured value is shown.</summary>
/// <param name="Name">One of <see cref="MetricNames"/>.</param>
/// <param name="Title">For a table's head.</param>
/// <param name="Unit">What the values count.</param>
/// <param name="Better">Which value is the better one.</param>
internal sealed record Metric(string Name, string Title, string Unit, Better Better)
{
    /// <summary>All metrics, those first that matter most.</summary>
    public static readonly IReadOnlyList<Metric> All =
    [
        new(MetricNames.Throughput, "throughput", "Gbit/s", Better.Higher),
        new(MetricNames.CpuPerGigabyte, "CPU per GB", "ms", Better.Lower),
        new(MetricNames.Requests, "requests", "1/s", Better.Higher),
        new(MetricNames.Connections, "connections", "1/s", Better.Higher),
        new(MetricNames.CpuPerRequest, "CPU per request", "µs", Better.Lower),
        new(MetricNames.CpuPerConnection, "CPU per connection", "µs", Better.Lower),
        new(MetricNames.LatencyP50, "p50", "µs", Better.Lower),
        new(MetricNames.LatencyP99, "p99", "µs", Better.Lower),
        new(MetricNames.LatencyP999, "p99.9", "µs", Better.Lower),
        new(MetricNames.MemoryPerConnection, "memory per connection", "KiB", Better.Lower),
        new(MetricNames.FirstConnection, "first connection", "ms", Better.Lower),
        new(MetricNames.SyscallsPerConnection, "system calls per connection", "calls", Better.Lower),
        new(MetricNames.Resumed, "resumed", "%", Better.Neither),
        new(MetricNames.ProxyUtilisation, "proxy busy", "%", Better.Neither),
        new(MetricNames.GeneratorUtilisation, "generator busy", "%", Better.Neither),
        new(MetricNames.OthersUtilisation, "others busy", "%", Better.Neither),
        new(MetricNames.Errors, "errors", "connections", Better.Lower),
    ];

    /// <summary>The unit of a metric; a count of one system call is no metric of its own, and counts calls.</summary>
    public static string UnitOf(string name) => All.FirstOrDefault(metric => metric.Name == name)?.Unit ?? "calls";

    /// <summary>A value in as many digits as mean something.</summary>
    public static string Format(double value) => Math.Abs(value) switch
    {
        >= 99.95 => value.ToString("N0", null),
        >= 9.995 => value.ToString("N1", null),
        _ => value.ToString("N2", null),
    };
}
