using System.Net;
using SniForward.Selecting;
using SniForward.Selecting.Health;
using SniForward.Selecting.Names;
using SniForward.Startup.Configuration;

namespace SniForward.Startup;

/// <summary>
/// The backends of one configuration after the other, and what serves them: names that are resolved, checks. One that a
/// configuration has as the one before had it stays the same.
/// </summary>
/// <param name="resolver">Resolves their servers' names.</param>
/// <param name="time">The clock of it all.</param>
internal sealed class BackendSet(Resolver resolver, TimeProvider time) : IDisposable
{
    private readonly Dictionary<string, Kept> _kept = [];
    private DnsConfig _dns = new();
    private ServiceLookup _services = new([]);

    /// <summary>Told of each change of a server's health.</summary>
    public Action<Backend, ServerState, HealthChange>? Changed { get; init; }

    /// <summary>Told of the servers that a service has from now on.</summary>
    public Action<string, string, IReadOnlyList<ServerSettings>>? ServersChanged { get; init; }

    /// <summary>Told why a service cannot be had any more, and when it can again, with null.</summary>
    public Action<string, string, string?>? ServiceChanged { get; init; }

    /// <summary>
    /// Asks the DNS as <paramref name="dns"/> says from now on. If that is something else than before, names and services are asked
    /// for anew; until there is an answer, those before count.
    /// </summary>
    public void Use(DnsConfig dns)
    {
        if (dns == _dns) return;
        if (!dns.Servers.SequenceEqual(_dns.Servers)) _services = new ServiceLookup(dns.Servers);
        (_dns, resolver.Refresh) = (dns, dns.Refresh);
        foreach (var kept in _kept.Values) kept.AskAnew(dns.Refresh);
    }

    /// <summary>
    /// Begins to ask for the services of <paramref name="configs"/> that are not asked for yet, and waits until each was answered
    /// for, well or not, but no longer than <paramref name="most"/>. Nothing of it is put to work.
    /// </summary>
    public void WaitForServices(IEnumerable<BackendConfig> configs, TimeSpan most) =>
        Task.WaitAll([.. configs.Where(config => config.Services.Count > 0).Select(config => FedOf(config).WatchAsync(config.Services))], most);

    /// <summary>A backend that is at work: the one of its name before, if its configuration is the same, or else another, which keeps its state.</summary>
    public Backend Use(BackendConfig config)
    {
        var kept = KeptOf(config);
        if (kept.Backend is { } same && kept.Config == config) return same;
        var backend = new Backend(config.Rules, kept.State) { Tls = config.Tls, Dynamic = config.Dynamic is { } dynamic ? NewDynamic(dynamic) : null };
        (kept.Backend, kept.Config) = (backend, config);
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
        (name, answered, changed) => new ServiceWatcher(name, _services.AskAsync, _dns.Refresh, time) { Answered = answered, Changed = changed })
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

    /// <summary>A backend, and what of it outlives a change of its configuration.</summary>
    private sealed class Kept(BackendState state) : IDisposable
    {
        public BackendState State => state;

        public BackendConfig? Config { get; set; }

        /// <summary>Null: it is not at work yet.</summary>
        public Backend? Backend { get; set; }

        /// <summary>What feeds it from its services; null: it has none.</summary>
        public ServiceServers? Fed { get; set; }

        public void AskAnew(TimeSpan refresh)
        {
            Fed?.AskAnew();
            foreach (var server in state.Current?.Servers ?? []) server.Addresses?.Use(refresh);
            // The names that clients choose are forgotten, and found again as they come.
            if (Backend?.Dynamic is not null) Backend = null;
        }

        public void Dispose()
        {
            Fed?.Dispose();
            state.Dispose();
        }
    }
}
