using System.Net;
using SniForward.Selecting;
using SniForward.Selecting.Health;
using SniForward.Selecting.Names;
using SniForward.Startup.Configuration;

namespace SniForward.Startup;

/// <summary>Makes backends and their servers, and keeps what serves them running: names that are resolved, checks.</summary>
internal sealed class BackendBuilder(Resolver resolver, TimeProvider time)
{
    /// <summary>Told of each change of a server's health.</summary>
    public Action<Backend, Server, HealthChange>? Changed { get; init; }

    public Backend Build(BackendConfig config)
    {
        var backend = new Backend(config.Rules, time) { Changed = Changed, Dynamic = config.Dynamic is { } dynamic ? NewDynamic(dynamic) : null };
        backend.Use(config.Servers.Select(server => NewServer(backend, server)));
        return backend;
    }

    private Server NewServer(Backend backend, ServerSettings settings)
    {
        var server = backend.NewServer(settings, settings.Address is DnsEndPoint name ? resolver.Keep(name) : null);
        if (backend.Rules.Health.Check is { } check)
        {
            var probe = new HealthProbe(check, server.Address, server.Addresses, backend.Rules.SendProxy, time);
            server.Checks = HealthChecker.Start(check, probe, server.Health, time);
        }
        return server;
    }

    private DynamicServers NewDynamic(DynamicConfig config) => new(DialableNetworks.Of(config.Allowed), name =>
    {
        var address = new DnsEndPoint(name, config.Port);
        // Each is the only one of its name: there is no other to send a connection to, whatever its health.
        return new Server(new ServerSettings(address), resolver.Find(address), new ServerHealth(new HealthRules(), time, _ => { }), line: null, isCounted: false);
    });
}
