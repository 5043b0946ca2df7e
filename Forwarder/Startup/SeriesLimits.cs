using SniForward.Startup.Configuration;

namespace SniForward.Startup;

/// <summary>
/// How many series an instrument may have: twice as many as a configuration can give it, for what a later one may bring,
/// but not without end. The figures beyond are added up in one series.
/// </summary>
/// <param name="config">The configuration at the start.</param>
internal sealed class SeriesLimits(ForwarderConfig config)
{
    private const int Least = 2_000;
    private const int Most = 100_000;

    // Two directions, and some ways in which attempts usually end.
    private const int Directions = 2;
    private const int Results = 4;
    private const int Ends = 80;

    private readonly Dictionary<string, int> _servers = config.Backends.ToDictionary(backend => backend.Name, ServersOf);

    /// <summary>The limit of an instrument.</summary>
    /// <param name="instrument">Its name.</param>
    public int Of(string instrument)
    {
        var series = instrument switch
        {
            "sniforward.connections.ended" => (long)config.Listeners.Count * Ends,
            _ when instrument.StartsWith("sniforward.forwarded.", StringComparison.Ordinal) => Flows() * Directions,
            _ when instrument.StartsWith("sniforward.server.", StringComparison.Ordinal) => (long)_servers.Values.Sum() * Results,
            _ => 3L * config.Backends.Count,
        };
        return (int)Math.Clamp(2 * series, Least, Most);
    }

    private long Flows()
    {
        var byRoutes = config.Routes.Sum(route => route.Backend is { } name ? (long)_servers[name] : 0);
        var byDefaults = config.Listeners.Sum(listener => (listener.DefaultBackend ?? config.DefaultBackend) is { } name ? _servers[name] : 0L);
        return config.Listeners.Count * byRoutes + byDefaults;
    }

    /// <summary>Those that it names, and one for all others.</summary>
    private static int ServersOf(BackendConfig backend) => backend.Servers.Count + (backend.Dynamic is null && backend.Services.Count == 0 ? 0 : 1);
}
