namespace SniForward.Bench.Compare;

/// <summary>One measured value.</summary>
/// <param name="Round">From 1.</param>
/// <param name="Workload">The workload's id.</param>
/// <param name="Peer">Whose value it is.</param>
/// <param name="Metric">The metric's name, or that of a system call.</param>
/// <param name="Value">In <see cref="Compare.Metric.UnitOf"/>.</param>
internal sealed record Sample(int Round, string Workload, Peer Peer, string Metric, double Value);
