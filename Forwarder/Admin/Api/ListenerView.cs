namespace SniForward.Admin.Api;

/// <summary>A listener, and what it has accepted.</summary>
/// <param name="Name">As configured.</param>
/// <param name="Addresses">Where it listens.</param>
/// <param name="Open">Connections that are open.</param>
/// <param name="Accepted">Connections since the start.</param>
/// <param name="Refused">Those of them that no server got.</param>
internal sealed record ListenerView(string Name, IReadOnlyList<string> Addresses, long Open, long Accepted, long Refused);
