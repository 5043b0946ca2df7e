namespace SniForward.Bench.Load;

/// <summary>What one measurement gave.</summary>
internal sealed record LoadResult
{
    /// <summary>Values by <see cref="MetricNames"/>.</summary>
    public Dictionary<string, double> Metrics { get; init; } = [];

    /// <summary>All that was completed, before and after the measured interval too.</summary>
    public long Completed { get; init; }

    /// <summary>When the first connection was forwarded, a <see cref="System.Diagnostics.Stopwatch"/> timestamp, the same clock in every process.</summary>
    public long ForwardedAt { get; init; }

    /// <summary>Why there is no measurement.</summary>
    public string? Error { get; init; }
}
