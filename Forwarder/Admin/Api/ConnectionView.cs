namespace SniForward.Admin.Api;

/// <summary>One connection that is open.</summary>
/// <param name="Id">As in the log.</param>
/// <param name="Listener">Which accepted it.</param>
/// <param name="Client">Its address.</param>
/// <param name="Protocol">What it speaks; "-" while that is not known.</param>
/// <param name="Name">The name that it asked for; "-": none.</param>
/// <param name="Route">The pattern that matched, "default" or "-".</param>
/// <param name="Backend">Where that leads, or "-".</param>
/// <param name="Server">The address that was dialled, or "-".</param>
/// <param name="Stage">Where it is on its path.</param>
/// <param name="BytesUp">From the client to the server.</param>
/// <param name="BytesDown">From the server to the client.</param>
/// <param name="Age">Seconds since it was accepted.</param>
internal sealed record ConnectionView(
    long Id, string Listener, string Client, string Protocol, string Name, string Route, string Backend, string Server, string Stage,
    long BytesUp, long BytesDown, double Age);
