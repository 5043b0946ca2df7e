namespace SniForward.Bench.Compare;

/// <summary>Where a peer listens and where it is to forward to, all on loopback.</summary>
/// <param name="Listen">Without a proxy, the same as <paramref name="Exchange"/>.</param>
/// <param name="Exchange">The origin of small exchanges: that of sub1.xyz.com, and of every name without a route.</param>
/// <param name="Bulk">The origin of bulk transfers: that of sub2.xyz.com.</param>
internal sealed record PeerPorts(int Listen, int Exchange, int Bulk);
