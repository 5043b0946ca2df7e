namespace SniForward.Admin;

/// <summary>A route of the running configuration.</summary>
/// <param name="Name">As figures know it.</param>
/// <param name="Hosts">Its patterns.</param>
/// <param name="Backend">The name of its backend.</param>
/// <param name="EndsTls">Whether its clients' TLS ends here.</param>
internal sealed record RunningRoute(string Name, IReadOnlyList<string> Hosts, string Backend, bool EndsTls);
