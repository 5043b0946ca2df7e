namespace SniForward.Telemetry.Metrics;

/// <summary>The names that the running configuration has. What has another is shown only while connections of it are open.</summary>
/// <param name="Listeners">Those of its listeners.</param>
/// <param name="Routes">What metrics call its routes and its defaults.</param>
/// <param name="Backends">Those of its backends.</param>
/// <param name="Servers">What metrics call the servers of each backend.</param>
internal sealed record KnownNames(
    IReadOnlySet<string> Listeners, IReadOnlySet<string> Routes, IReadOnlySet<string> Backends, IReadOnlySet<(string Backend, string Server)> Servers)
{
    /// <summary>Whether it has each name of <paramref name="flow"/>.</summary>
    public bool Has(in FlowKey flow) => Listeners.Contains(flow.Listener) && Routes.Contains(flow.Route) && Servers.Contains((flow.Backend, flow.Server));
}
