using System.Net;
using System.Net.Sockets;

namespace SniForward.Transport;

/// <summary>
/// The seam to the operating system: one engine that accepts, dials and moves bytes. An engine may be one of several,
/// one a core; a connection stays with the engine that accepted it, and its server is dialled there too.
/// </summary>
internal interface ITransport
{
    /// <summary>The engine's clock and timers. A timer's callback may run while the connection it belongs to runs.</summary>
    TimeProvider Time { get; }

    /// <summary>
    /// Binds and listens. <see cref="IPAddress.IPv6Any"/> takes IPv4 as well; port 0 takes a free one; a unix
    /// socket's file that nobody listens on any more is replaced.
    /// </summary>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    IAcceptor Listen(EndPoint local);

    /// <summary>
    /// Connects to <paramref name="remote"/>, an IP or a unix endpoint, within <paramref name="timeout"/>.
    /// Never throws; a deadline that passed is <see cref="SocketError.TimedOut"/>.
    /// </summary>
    ValueTask<SocketResult> ConnectAsync(EndPoint remote, TimeSpan timeout);
}
