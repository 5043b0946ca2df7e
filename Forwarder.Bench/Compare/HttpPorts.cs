namespace SniForward.Bench.Compare;

/// <summary>Where a peer listens for HTTP and where it is to forward requests to, all on loopback.</summary>
/// <param name="Listen">The peer's port; without a proxy, that of the origin of small exchanges.</param>
/// <param name="Exchange">The origin of small exchanges: that of sub1.xyz.com.</param>
/// <param name="Bulk">The origin of bulk transfers: that of sub2.xyz.com.</param>
internal sealed record HttpPorts(int Listen, int Exchange, int Bulk);
