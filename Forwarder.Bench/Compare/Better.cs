namespace SniForward.Bench.Compare;

/// <summary>Which of two values of a metric is the better one.</summary>
internal enum Better
{
    Higher,
    Lower,

    /// <summary>It says how a measurement went, and not how good a peer is.</summary>
    Neither,
}
