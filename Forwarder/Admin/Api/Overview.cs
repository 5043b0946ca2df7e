namespace SniForward.Admin.Api;

/// <summary>What <c>/api/overview</c> answers: everything but the single connections.</summary>
/// <param name="Version">The program's.</param>
/// <param name="State">"starting", "serving" or "draining".</param>
/// <param name="Uptime">Seconds since the start.</param>
/// <param name="Configuration">Which file, and when it was last taken over.</param>
/// <param name="Open">Connections that are open.</param>
/// <param name="Accepted">Connections since the start.</param>
/// <param name="Refused">Those of them that no server got.</param>
/// <param name="BytesUp">From clients to servers, since the start.</param>
/// <param name="BytesDown">From servers to clients.</param>
/// <param name="Listeners">In the order of the file.</param>
/// <param name="Routes">Likewise; the default last.</param>
/// <param name="Servers">Of all backends.</param>
internal sealed record Overview(
    string Version, string State, double Uptime, string Configuration, long Open, long Accepted, long Refused, long BytesUp, long BytesDown,
    IReadOnlyList<ListenerView> Listeners, IReadOnlyList<RouteView> Routes, IReadOnlyList<ServerView> Servers);
