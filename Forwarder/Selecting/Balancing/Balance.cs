namespace SniForward.Selecting.Balancing;

/// <summary>How a backend shares connections out among its servers.</summary>
internal enum Balance
{
    /// <summary>In turn, as often as their weights say.</summary>
    RoundRobin,

    /// <summary>To the one with the fewest open connections for its weight.</summary>
    LeastConnections,

    /// <summary>To the less busy of two that are drawn, by weight.</summary>
    RandomTwo,

    /// <summary>By the client's address: the same client to the same server, on every machine with the same servers.</summary>
    SourceHash,
}
