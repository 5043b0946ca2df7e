using System.Net;
using SniForward.Routing;

namespace SniForward;

/// <summary>The PROXY headers that a listener takes: the client's address as a proxy before it saw it. Immutable.</summary>
/// <param name="IsRequired">Whether a connection without one is refused.</param>
/// <param name="Trusted">The networks of the proxies that are believed.</param>
/// <param name="TrustsUnix">Whether those are that connect over a unix socket.</param>
internal sealed record InboundProxy(bool IsRequired, NetworkTable Trusted, bool TrustsUnix)
{
    /// <summary>Whether a header from <paramref name="peer"/>, the other end of the socket, is believed.</summary>
    public bool Trusts(EndPoint peer) => peer is IPEndPoint { Address: var address } ? Trusted.Contains(address) : TrustsUnix;
}
