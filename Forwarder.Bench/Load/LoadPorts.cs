namespace SniForward.Bench.Load;

/// <summary>Where the origins listen, on loopback.</summary>
/// <param name="Exchange">
/// Two a peer, so that the TIME_WAITs that one peer leaves behind are not in the way of the next.
/// </param>
/// <param name="Bulk">That of bulk transfers.</param>
internal sealed record LoadPorts(IReadOnlyList<int> Exchange, int Bulk);
