using SniForward.Routing;
using SniForward.Telemetry;

namespace SniForward;

/// <summary>How the requests of one connection ended.</summary>
/// <param name="End">Why.</param>
/// <param name="MayTell">Whether the client may be told so in an answer to the last one.</param>
/// <param name="Route">The route of the last one, if it had any.</param>
/// <param name="IsTunnel">Whether both sides speak another protocol from here on, so that nothing has ended.</param>
internal readonly record struct RequestsEnd(ConnectionEnd End, bool MayTell = false, Route? Route = null, bool IsTunnel = false);
