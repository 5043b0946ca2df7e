using System.Net;
using SniForward.Selecting;
using SniForward.Selecting.Health;
using SniForward.Selecting.Names;
using SniForward.Startup.Configuration;

namespace SniForward.Startup;

/// <summary>Makes backends and their servers, and keeps what serves them running: names that are resolved, checks.</summary>
/// <param name="resolver">Resolves their servers' names.</param>
/// <param name="services">Finds the servers of their services.</param>
/// <param name="refresh">How long an answer for a service serves at most.</param>
/// <param name="time">The clock of it all.</param>
internal sealed class BackendBuilder(Resolver resolver, ServiceLookup services, TimeSpan refresh, TimeProvider time) : IDisposable
{
    private readonly Dictionary<string, Kept> _kept = [];

    /// <summary>Told of each change of a server's health.</summary>
    public Action<Backend, ServerState, HealthChange>? Changed { get; init; }

    /// <summary>Told of the servers that a service has from now on.</summary>
    public Action<string, string, IReadOnlyList<ServerSettings>>? ServersChanged { get; init; }

    /// <summary>Told why a service cannot be had any more, and when it can again, with null.</summary>
    public Action<string, string, string?>? ServiceChanged { get; init; }

    /// <summary>
    /// Begins to ask for the services of <paramref name="configs"/> that are not asked for yet, and waits until each was answered
    /// for, well or not, but no longer than <paramref name="most"/>. Nothing of it is put to work.
    /// </summary>
    public void WaitForServices(IEnumerable<BackendConfig> configs, TimeSpan most) =>
        Task.WaitAll([.. configs.Where(config => config.Services.Count > 0).Select(config => FedOf(config).WatchAsync(config.Services))], most);

    /// <summary>Makes a backend, which keeps the state of the one of its name before, and puts it to work.</summary>
    public Backend Build(BackendConfig config)
    {
        var kept = KeptOf(config);
        var backend = new Backend(config.Rules, kept.State) { Tls = config.Tls, Dynamic = config.Dynamic is { } dynamic ? NewDynamic(dynamic) : null };
        if (config.Services.Count > 0)
        {
            FedOf(config).Feed(backend, config.Servers, config.Services);
            return backend;
        }
        kept.Fed?.Dispose();
        kept.Fed = null;
        backend.Use(config.Servers);
        return backend;
    }

    /// <summary>Gives up every backend but those of <paramref name="names"/>. The connections that they have go on.</summary>
    public void KeepOnly(IReadOnlySet<string> names)
    {
        foreach (var name in _kept.Keys.Where(name => !names.Contains(name)).ToArray())
        {
            _kept[name].Dispose();
            _kept.Remove(name);
        }
    }

    /// <summary>Ends what keeps the backends running.</summary>
    public void Dispose()
    {
        foreach (var kept in _kept.Values) kept.Dispose();
    }

    private Kept KeptOf(BackendConfig config)
    {
        if (!_kept.TryGetValue(config.Name, out var kept)) _kept[config.Name] = kept = new Kept(new BackendState(resolver.Keep, time) { Changed = Changed });
        return kept;
    }

    private ServiceServers FedOf(BackendConfig config) => KeptOf(config).Fed ??= NewFed(config.Name);

    private ServiceServers NewFed(string backend) => new(
        (name, answered, changed) => new ServiceWatcher(name, services.AskAsync, refresh, time) { Answered = answered, Changed = changed })
    {
        ServersChanged = (service, servers) => ServersChanged?.Invoke(backend, service, servers),
        FailureChanged = (service, failure) => ServiceChanged?.Invoke(backend, service, failure),
    };

    private DynamicServers NewDynamic(DynamicConfig config) => new(DialableNetworks.Of(config.Allowed), name =>
    {
        var address = new DnsEndPoint(name, config.Port);
        // Each is the only one of its name: there is no other to send a connection to, whatever its health.
        return new Server(new ServerSettings(address, IsDynamic: true), new ServerState(address, resolver.Find(address), time, (_, _) => { }), isCounted: false);
    });

    /// <summary>What of a backend outlives a change of its configuration.</summary>
    private sealed class Kept(BackendState state) : IDisposable
    {
        public BackendState State => state;

        /// <summary>What feeds it from its services; null: it has none.</summary>
        public ServiceServers? Fed { get; set; }

        public void Dispose()
        {
            Fed?.Dispose();
            state.Dispose();
        }
    }
}
