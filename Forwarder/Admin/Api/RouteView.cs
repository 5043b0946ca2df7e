namespace SniForward.Admin.Api;

/// <summary>A route, and what it has carried.</summary>
/// <param name="Id">Tells it from the others.</param>
/// <param name="Hosts">Its patterns; "default" alone for what matches none.</param>
/// <param name="Backend">Where it leads.</param>
/// <param name="Tls">"passed through" or "ends here".</param>
/// <param name="Open">Connections that are open.</param>
/// <param name="Total">Connections since the start.</param>
/// <param name="BytesUp">From clients to servers.</param>
/// <param name="BytesDown">From servers to clients.</param>
internal sealed record RouteView(
    string Id, IReadOnlyList<string> Hosts, string Backend, string Tls, long Open, long Total, long BytesUp, long BytesDown);
