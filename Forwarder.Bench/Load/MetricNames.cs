namespace SniForward.Bench.Load;

/// <summary>What the load generator measures, by the names it has in results and in the CSV.</summary>
internal static class MetricNames
{
    public const string Throughput = "throughput";
    public const string CpuPerGigabyte = "cpu_per_gigabyte";
    public const string Requests = "requests";
    public const string CpuPerRequest = "cpu_per_request";
    public const string Connections = "connections";
    public const string CpuPerConnection = "cpu_per_connection";
    public const string LatencyP50 = "latency_p50";
    public const string LatencyP99 = "latency_p99";
    public const string LatencyP999 = "latency_p99.9";
    public const string MemoryPerConnection = "memory_per_connection";
    public const string FirstConnection = "first_connection";
    public const string SyscallsPerConnection = "syscalls_per_connection";
    public const string Errors = "errors";

    /// <summary>How many of the connections resumed the session of one before, in percent.</summary>
    public const string Resumed = "resumed";

    /// <summary>How busy the proxy's core was: the proxy is saturated near 100.</summary>
    public const string ProxyUtilisation = "proxy_utilisation";

    /// <summary>How busy the clients' and origin's core was: near 100, they and not the proxy may be the limit.</summary>
    public const string GeneratorUtilisation = "generator_utilisation";

    /// <summary>How much of a core everything else on the machine took: much more than nothing, and a measurement is worth little.</summary>
    public const string OthersUtilisation = "others_utilisation";
}
