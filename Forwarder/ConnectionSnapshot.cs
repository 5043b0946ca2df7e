using System.Net;

namespace SniForward;

/// <summary>One open connection as it was at a moment. Whose it is and what it asked for is known only where reports are gathered.</summary>
/// <param name="Id">Unique in the process.</param>
/// <param name="Listener">The name of the listener that accepted it; "-" where reports are not gathered.</param>
/// <param name="Client">Its address, by its PROXY header if there was one; "-" where reports are not gathered.</param>
/// <param name="Protocol">What it speaks; "-" while that is not known.</param>
/// <param name="Name">The name that it asked for, fit to print; "-" if none.</param>
/// <param name="Route">The pattern that matched, "default" or "-".</param>
/// <param name="Backend">The backend's name, or "-".</param>
/// <param name="Server">The address that was dialled; null if none answered yet.</param>
/// <param name="Stage">Where it is on its path.</param>
/// <param name="BytesUp">From the client to the server.</param>
/// <param name="BytesDown">From the server to the client.</param>
/// <param name="Age">Since it was accepted.</param>
internal readonly record struct ConnectionSnapshot(
    long Id, string Listener, string Client, string Protocol, string Name, string Route, string Backend, EndPoint? Server,
    ConnectionStage Stage, long BytesUp, long BytesDown, TimeSpan Age);
