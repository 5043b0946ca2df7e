using System.Text;
using SniForward.Routing;
using SniForward.Startup.Configuration;

namespace SniForward.Startup;

/// <summary>Compiles the routes of a configuration into the table that connections are matched against.</summary>
internal static class RouteTableBuilder
{
    /// <summary>Listeners and backends are known in the table by their index in <paramref name="config"/>.</summary>
    public static RouteTable Build(ForwarderConfig config)
    {
        var backends = Indexes(config.Backends.Select(backend => backend.Name));
        var listeners = Indexes(config.Listeners.Select(listener => listener.Name));
        var routes = config.Routes.Select((route, index) => new Route
        {
            Hosts = route.Hosts,
            Label = LabelOf(route),
            Backend = IndexOf(backends, route.Backend),
            Protocols = (int)route.Protocols,
            Alpn = [.. route.Alpn.Select(Encoding.UTF8.GetBytes)],
            Listeners = [.. route.Listeners.Select(name => listeners[name])],
            Clients = [.. route.Clients],
            HttpsPort = route.HttpsPort,
            ChallengeBackend = IndexOf(backends, route.ChallengeBackend),
            Index = index,
            Line = route.Line,
        });
        var listenerDefaults = config.Listeners.Select(listener => IndexOf(backends, listener.DefaultBackend));
        return new RouteTable([.. routes], [.. listenerDefaults], IndexOf(backends, config.DefaultBackend));
    }

    /// <summary>Whether the tables of two configurations are the same, lines and all.</summary>
    public static bool IsSame(ForwarderConfig one, ForwarderConfig other) =>
        one.DefaultBackend == other.DefaultBackend
        && one.Backends.Select(backend => backend.Name).SequenceEqual(other.Backends.Select(backend => backend.Name))
        && one.Listeners.Select(listener => (listener.Name, listener.DefaultBackend)).SequenceEqual(
            other.Listeners.Select(listener => (listener.Name, listener.DefaultBackend)))
        && one.Routes.Select(WithoutTls).SequenceEqual(other.Routes.Select(WithoutTls));

    /// <summary>What a route is called where it matches without a host: its protocols.</summary>
    public static string LabelOf(RouteConfig route) =>
        string.Join(',', ConfigProtocols.OfRoutes.Where(protocol => route.Protocols.HasFlag(protocol.Value)).Select(protocol => protocol.Word));

    /// <summary>The table does not know it.</summary>
    private static RouteConfig WithoutTls(RouteConfig route) => route with { Tls = null };

    private static Dictionary<string, int> Indexes(IEnumerable<string> names) =>
        names.Select((name, index) => (name, index)).ToDictionary(pair => pair.name, pair => pair.index);

    private static int IndexOf(Dictionary<string, int> backends, string? name) => name is null ? -1 : backends[name];
}
