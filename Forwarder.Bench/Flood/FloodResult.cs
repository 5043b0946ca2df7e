using SniForward.Bench.Load;

namespace SniForward.Bench.Flood;

/// <summary>What was measured.</summary>
/// <param name="HandshakesPerSecond">Those of the flood that were over for their clients.</param>
/// <param name="MessagesPerSecond">Those that came back, one at a time.</param>
/// <param name="Latencies">How long each took.</param>
internal sealed record FloodResult(double HandshakesPerSecond, double MessagesPerSecond, LatencyHistogram Latencies)
{
    /// <summary>The latency that <paramref name="share"/> of the messages, 0 to 1, do not exceed.</summary>
    public double Milliseconds(double share) => Latencies.Quantile(share) / 1e6;
}
