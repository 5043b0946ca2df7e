namespace SniForward.Bench.Compare;

/// <summary>
/// Where a peer listens and where it is to forward to, all on loopback. New connections are spread over two ways through
/// the peer, with a port of their own at both ends: on one way alone, more connections a second than there are
/// ephemeral ports (ip(7)) would be in TIME_WAIT, and looking for a free port would be what is measured.
/// </summary>
/// <param name="Listen">The peer's two ports; without a proxy, the same as those of the origin.</param>
/// <param name="Tls">The port where it ends TLS, if it can.</param>
/// <param name="Exchange">The origin of small exchanges, that of sub1.xyz.com first, and then that of all names without a route.</param>
/// <param name="Bulk">The origin of bulk transfers: that of sub2.xyz.com.</param>
/// <param name="Http">The same for HTTP.</param>
internal sealed record PeerPorts((int First, int Second) Listen, int Tls, (int Named, int Default) Exchange, int Bulk, HttpPorts Http);
