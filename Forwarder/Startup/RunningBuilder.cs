using SniForward.Admin;
using SniForward.Routing;
using SniForward.Selecting;
using SniForward.Startup.Configuration;

namespace SniForward.Startup;

/// <summary>Tells operators of a configuration what they want to know of it.</summary>
internal static class RunningBuilder
{
    /// <param name="config">What runs.</param>
    /// <param name="bound">What is listened on, and by which listener.</param>
    /// <param name="backends">Its backends.</param>
    public static Running Build(ForwarderConfig config, IReadOnlyList<(BoundAddress Address, string Listener)> bound, IReadOnlyList<Backend> backends)
    {
        var listeners = config.Listeners.Select(listener =>
            new RunningListener(listener.Name, [.. bound.Where(of => of.Listener == listener.Name).Select(of => of.Address.Local)]));
        var routes = config.Routes.Select(route =>
        {
            IReadOnlyList<string> hosts = route.Hosts.Count > 0 ? route.Hosts : [RouteTableBuilder.LabelOf(route)];
            return new RunningRoute(hosts[0], hosts, route.Backend ?? "redirected to https", route.Tls is not null);
        });
        var defaults = config.Listeners.Select(listener => listener.DefaultBackend ?? config.DefaultBackend).OfType<string>().Distinct();
        return new Running(
            config.Source, config.Text, DateTimeOffset.UtcNow, [.. listeners],
            [.. routes, .. defaults.Select(backend => new RunningRoute(Route.Default, [Route.Default], backend, EndsTls: false))], backends);
    }
}
