namespace SniForward.Bench.Compare;

/// <summary>What <c>compare</c> was asked for.</summary>
internal sealed record CompareOptions
{
    /// <summary>How often every peer is measured.</summary>
    public required int Rounds { get; init; }

    /// <summary>Seconds of each measured interval.</summary>
    public required double Seconds { get; init; }

    /// <summary>The groups of workloads to measure; none: all.</summary>
    public required IReadOnlyList<string> Only { get; init; }

    /// <summary>The peers to measure.</summary>
    public required IReadOnlyList<string> Peers { get; init; }

    /// <summary>The folder for the results.</summary>
    public required string Out { get; init; }

    /// <summary>What the files of the results are called.</summary>
    public required string Name { get; init; }

    /// <summary>SniForward's binary; null: it is published for the comparison.</summary>
    public required string? SniForward { get; init; }

    /// <summary>The proxy on a core of its own, and the load generator on another.</summary>
    public required bool Pin { get; init; }

    /// <summary>The command, to be repeated by whoever reads the report.</summary>
    public required string CommandLine { get; init; }

    public bool Includes(Workload workload) => Only.Count == 0 || Only.Contains(workload.Group);
}
