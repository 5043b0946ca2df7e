namespace SniForward.Bench.Load;

/// <summary>Where the origins listen, on loopback.</summary>
/// <param name="Exchange">
/// Two a peer, so that the TIME_WAITs that one peer leaves behind are not in the way of the next.
/// </param>
/// <param name="Bulk">That of bulk transfers.</param>
/// <param name="Http">As many as the first, of small exchanges by HTTP.</param>
/// <param name="HttpBulk">That of bulk transfers by HTTP.</param>
internal sealed record LoadPorts(IReadOnlyList<int> Exchange, int Bulk, IReadOnlyList<int> Http, int HttpBulk);
