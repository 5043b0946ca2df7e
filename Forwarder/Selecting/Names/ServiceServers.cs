using System.Net;

namespace SniForward.Selecting.Names;

/// <summary>
/// Feeds a backend from the SRV records of its services. A server that an answer names again stays the same one, with its
/// health and its connections; one that it does not is given up, and what it has open goes on.
/// </summary>
internal sealed class ServiceServers : IDisposable
{
    private readonly Backend _backend;
    private readonly IReadOnlyList<ServiceSettings> _services;
    private readonly Func<ServerSettings, Server> _newServer;
    private readonly ServiceWatcher[] _watchers;
    private readonly Server[] _own;
    private readonly IReadOnlyList<ServerSettings>[] _answers;
    private readonly Lock _lock = new();
    private Dictionary<ServerSettings, Server> _known = [];
    private bool _isDisposed;

    /// <param name="backend">It has its own servers already, which stay beside those of the services.</param>
    /// <param name="services">At least one.</param>
    /// <param name="newWatcher">Makes what asks for a service, and tells who is given.</param>
    /// <param name="newServer">Makes a server of the backend; it is disposed of here.</param>
    public ServiceServers(
        Backend backend,
        IReadOnlyList<ServiceSettings> services,
        Func<string, Action<IReadOnlyList<ServiceRecord>>, Action<string?>, ServiceWatcher> newWatcher,
        Func<ServerSettings, Server> newServer)
    {
        (_backend, _services, _newServer) = (backend, services, newServer);
        _own = [.. backend.Servers];
        _answers = [.. services.Select(_ => Array.Empty<ServerSettings>())];
        _watchers = [.. services.Select((service, i) => newWatcher(
            service.Name, records => Use(i, records), failure => FailureChanged?.Invoke(backend, service.Name, failure)))];
    }

    /// <summary>Told of the servers that a service has from now on.</summary>
    public Action<Backend, string, IReadOnlyList<ServerSettings>>? ServersChanged { get; init; }

    /// <summary>Told why a service cannot be had any more, and when it can again, with null.</summary>
    public Action<Backend, string, string?>? FailureChanged { get; init; }

    /// <summary>Begins to ask for every service. Ends when each was answered for the first time, well or not.</summary>
    public Task StartAsync()
    {
        foreach (var watcher in _watchers) _ = watcher.RunAsync();
        return Task.WhenAll(_watchers.Select(watcher => watcher.FirstAnswer));
    }

    /// <summary>Asks no more, and gives up the servers of every service.</summary>
    public void Dispose()
    {
        foreach (var watcher in _watchers) watcher.Dispose();
        lock (_lock)
        {
            _isDisposed = true;
            foreach (var server in _known.Values) server.Dispose();
        }
    }

    private void Use(int index, IReadOnlyList<ServiceRecord> records)
    {
        var settings = SettingsOf(_services[index], records);
        lock (_lock)
        {
            if (_isDisposed || settings.SequenceEqual(_answers[index])) return;
            _answers[index] = settings;
            var before = _known;
            // What the backend has already, by itself or by another service, it has once.
            _known = _answers.SelectMany(answer => answer)
                .DistinctBy(NameOf)
                .ExceptBy(_own.Select(server => server.Name), NameOf)
                .ToDictionary(server => server, server => before.GetValueOrDefault(server) ?? _newServer(server));
            _backend.Use([.. _own, .. _known.Values]);
            foreach (var (gone, server) in before)
            {
                if (!_known.ContainsKey(gone)) server.Dispose();
            }
            ServersChanged?.Invoke(_backend, _services[index].Name, settings);
        }
    }

    /// <summary>In an order of their own: the DNS changes that of the records from one answer to the next.</summary>
    private static List<ServerSettings> SettingsOf(ServiceSettings service, IReadOnlyList<ServiceRecord> records)
    {
        ServiceRecord[] all = [.. records
            .OrderBy(record => record.Priority).ThenBy(record => record.Target, StringComparer.Ordinal).ThenBy(record => record.Port)
            .ThenBy(record => record.Weight)
            .DistinctBy(record => (record.Target, record.Port))];
        var first = all.TakeWhile(record => record.Priority == all[0].Priority).ToArray();
        return [.. Of(first, service.IsBackup), .. Of(all[first.Length..], isBackup: true)];

        IEnumerable<ServerSettings> Of(ServiceRecord[] some, bool isBackup) => some.Zip(
            ServiceWeights.Of([.. some.Select(record => record.Weight)]),
            (record, weight) => new ServerSettings(new DnsEndPoint(record.Target, record.Port), weight, isBackup, service.MaxConnections, IsDynamic: true));
    }

    private static string NameOf(ServerSettings server) => Server.NameOf(server.Address);
}
