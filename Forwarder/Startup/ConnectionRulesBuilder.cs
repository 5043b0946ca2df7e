using Microsoft.Extensions.Logging;
using SniForward.Selecting;
using SniForward.Splicing;
using SniForward.Startup.Configuration;

namespace SniForward.Startup;

/// <summary>Makes what holds for the connections of each listener of a configuration.</summary>
internal static class ConnectionRulesBuilder
{
    /// <summary>The rules of each listener, in the order of <paramref name="config"/>.</summary>
    /// <param name="config">What to run.</param>
    /// <param name="backends">Its backends, in its order.</param>
    /// <param name="before">The limits of the routes before it; null: there were none.</param>
    /// <param name="logger">Where it logs.</param>
    public static ConnectionRules[] Build(ForwarderConfig config, IReadOnlyList<Backend> backends, ILogger logger, RouteLimits? before = null)
    {
        var routes = RouteTableBuilder.Build(config);
        var routeLimits = new RouteLimits([.. config.Routes.Select(route => (NameOf(route), route.MaxConnections))], before);
        var terminations = config.Routes.Select(route => route.Tls).ToArray();
        var spliceLimits = new SpliceLimits(
            config.Timeouts.Idle, config.Timeouts.HalfClosed, config.Limits.UploadRate, config.Limits.DownloadRate);
        return [.. config.Listeners.Select((listener, index) => new ConnectionRules
        {
            Listener = listener.Name,
            ListenerIndex = index,
            Protocols = listener.Protocols,
            Peek = listener.Peek,
            FirstByte = listener.FirstByte,
            Proxy = listener.Proxy,
            LogsJa4 = config.Log.Ja4,
            PeekBytes = config.Limits.PeekBytes,
            PeekTimeout = config.Timeouts.Peek,
            SpliceLimits = spliceLimits,
            Routes = routes,
            Terminations = terminations,
            RouteLimits = routeLimits,
            Backends = backends,
            ConnectTimeout = config.Timeouts.Connect,
            Logger = logger,
        })];
    }

    /// <summary>What tells a route from the others, also of another configuration.</summary>
    private static string NameOf(RouteConfig route) =>
        $"{string.Join(',', route.Hosts)} {route.Protocols} {string.Join(',', route.Alpn)} {string.Join(',', route.Clients)} {string.Join(',', route.Listeners)}";
}
