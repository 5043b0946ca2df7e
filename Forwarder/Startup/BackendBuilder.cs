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
    private readonly List<IDisposable> _running = [];
    private readonly List<Task> _firstAnswers = [];

    /// <summary>Told of each change of a server's health.</summary>
    public Action<Backend, ServerState, HealthChange>? Changed { get; init; }

    /// <summary>Told of the servers that a service has from now on.</summary>
    public Action<string, string, IReadOnlyList<ServerSettings>>? ServersChanged { get; init; }

    /// <summary>Told why a service cannot be had any more, and when it can again, with null.</summary>
    public Action<string, string, string?>? ServiceChanged { get; init; }

    public Backend Build(BackendConfig config)
    {
        var state = new BackendState(resolver.Keep, time) { Changed = Changed };
        var backend = new Backend(config.Rules, state) { Tls = config.Tls, Dynamic = config.Dynamic is { } dynamic ? NewDynamic(dynamic) : null };
        _running.Add(state);
        if (config.Services.Count > 0) Feed(backend, config);
        else backend.Use(config.Servers);
        return backend;
    }

    /// <summary>Waits until every service was answered for, well or not, but no longer than <paramref name="most"/>.</summary>
    public void WaitForServices(TimeSpan most) => Task.WaitAll([.. _firstAnswers], most);

    /// <summary>Ends what keeps the backends running.</summary>
    public void Dispose()
    {
        foreach (var running in _running) running.Dispose();
    }

    private void Feed(Backend backend, BackendConfig config)
    {
        var fed = new ServiceServers(
            (name, answered, changed) => new ServiceWatcher(name, services.AskAsync, refresh, time) { Answered = answered, Changed = changed })
        {
            ServersChanged = (service, servers) => ServersChanged?.Invoke(config.Name, service, servers),
            FailureChanged = (service, failure) => ServiceChanged?.Invoke(config.Name, service, failure),
        };
        _running.Add(fed);
        fed.Feed(backend, config.Servers, config.Services);
        _firstAnswers.Add(fed.WatchAsync(config.Services));
    }

    private DynamicServers NewDynamic(DynamicConfig config) => new(DialableNetworks.Of(config.Allowed), name =>
    {
        var address = new DnsEndPoint(name, config.Port);
        // Each is the only one of its name: there is no other to send a connection to, whatever its health.
        return new Server(new ServerSettings(address, IsDynamic: true), new ServerState(address, resolver.Find(address), time, (_, _) => { }), isCounted: false);
    });
}
