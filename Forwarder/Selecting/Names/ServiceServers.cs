using System.Net;

namespace SniForward.Selecting.Names;

/// <summary>
/// Feeds a backend from the SRV records of its services. What an answer names again stays as it is, with its health and its
/// connections; what it does not is given up, and what that has open goes on.
/// </summary>
/// <param name="newWatcher">Makes what asks for a service, and tells who is given.</param>
internal sealed class ServiceServers(
    Func<string, Action<IReadOnlyList<ServiceRecord>>, Action<string?>, ServiceWatcher> newWatcher) : IDisposable
{
    private readonly Dictionary<string, Service> _watched = [];
    private readonly Lock _lock = new();
    private Backend? _backend;
    private IReadOnlyList<ServerSettings> _own = [];
    private IReadOnlyList<ServiceSettings> _services = [];
    private bool _isDisposed;

    /// <summary>Told of the servers that a service has from now on.</summary>
    public Action<string, IReadOnlyList<ServerSettings>>? ServersChanged { get; init; }

    /// <summary>Told why a service cannot be had any more, and when it can again, with null.</summary>
    public Action<string, string?>? FailureChanged { get; init; }

    /// <summary>Begins to ask for services, if it does not yet. Ends when each was answered for the first time, well or not.</summary>
    public Task WatchAsync(IReadOnlyList<ServiceSettings> services)
    {
        lock (_lock) return Task.WhenAll(services.Select(service => Watch(service.Name).FirstAnswer));
    }

    /// <summary>Asks for every service anew, in the way that is right by now. Until that is answered, what was answered before counts.</summary>
    public void AskAnew()
    {
        lock (_lock)
        {
            foreach (var (name, service) in _watched)
            {
                service.Watcher.Dispose();
                service.Watcher = NewWatcher(name);
                _ = service.Watcher.RunAsync();
            }
        }
    }

    /// <summary>Feeds a backend from now on, and no other any more.</summary>
    /// <param name="backend">It is used here.</param>
    /// <param name="own">The servers that it has by itself.</param>
    /// <param name="services">At least one; those that are not among them are asked for no more.</param>
    public void Feed(Backend backend, IReadOnlyList<ServerSettings> own, IReadOnlyList<ServiceSettings> services)
    {
        lock (_lock)
        {
            (_backend, _own, _services) = (backend, own, services);
            foreach (var name in _watched.Keys.Except(services.Select(service => service.Name)).ToArray())
            {
                _watched[name].Watcher.Dispose();
                _watched.Remove(name);
            }
            foreach (var service in services) Watch(service.Name);
            var changed = TakeAnswers();
            Use(changed);
        }
    }

    /// <summary>Asks no more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            foreach (var service in _watched.Values) service.Watcher.Dispose();
        }
    }

    private ServiceWatcher Watch(string name)
    {
        if (_watched.TryGetValue(name, out var known)) return known.Watcher;
        var service = new Service { Watcher = NewWatcher(name) };
        _watched.Add(name, service);
        _ = service.Watcher.RunAsync();
        return service.Watcher;
    }

    private ServiceWatcher NewWatcher(string name) => newWatcher(name, records => Answered(name, records), failure => FailureChanged?.Invoke(name, failure));

    private void Answered(string name, IReadOnlyList<ServiceRecord> records)
    {
        lock (_lock)
        {
            if (_isDisposed || !_watched.TryGetValue(name, out var service)) return;
            service.Records = records;
            if (TakeAnswers() is { Count: > 0 } changed) Use(changed);
        }
    }

    /// <summary>The services whose servers are others than before.</summary>
    private List<string> TakeAnswers()
    {
        var changed = new List<string>();
        foreach (var settings in _services)
        {
            var service = _watched[settings.Name];
            var servers = SettingsOf(settings, service.Records);
            if (servers.SequenceEqual(service.Servers)) continue;
            service.Servers = servers;
            changed.Add(settings.Name);
        }
        return changed;
    }

    private void Use(List<string> changed)
    {
        // What the backend has already, by itself or by another service, it has once.
        _backend!.Use([.. _own.Concat(_services.SelectMany(service => _watched[service.Name].Servers)).DistinctBy(server => Server.NameOf(server.Address))]);
        foreach (var name in changed) ServersChanged?.Invoke(name, _watched[name].Servers);
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

    private sealed class Service
    {
        public required ServiceWatcher Watcher { get; set; }

        /// <summary>Its last good answer.</summary>
        public IReadOnlyList<ServiceRecord> Records { get; set; } = [];

        /// <summary>What the backend was fed of it last.</summary>
        public IReadOnlyList<ServerSettings> Servers { get; set; } = [];
    }
}
