using SniForward.Routing;
using SniForward.Selecting;
using SniForward.Startup.Configuration;
using SniForward.Telemetry.Metrics;

namespace SniForward.Startup;

/// <summary>Finds the names of a configuration that metrics have.</summary>
internal static class KnownNamesBuilder
{
    public static KnownNames Build(ForwarderConfig config) => new(
        config.Listeners.Select(listener => listener.Name).ToHashSet(),
        config.Routes.Select(route => route.Hosts.Count > 0 ? route.Hosts[0] : RouteTableBuilder.LabelOf(route)).Append(Route.Default).ToHashSet(),
        config.Backends.Select(backend => backend.Name).ToHashSet(),
        config.Backends.SelectMany(ServersOf).ToHashSet());

    private static IEnumerable<(string Backend, string Server)> ServersOf(BackendConfig backend) =>
        backend.Servers.Select(server => Server.NameOf(server.Address)).Append(Server.Dynamic).Select(server => (backend.Name, server));
}
