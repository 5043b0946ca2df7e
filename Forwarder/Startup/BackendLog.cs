using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SniForward.Selecting;
using SniForward.Selecting.Health;
using SniForward.Telemetry;

namespace SniForward.Startup;

/// <summary>What is logged of backends: their servers' health, names and services, and dials that failed.</summary>
internal sealed class BackendLog(ILogger logger)
{
    public void DialFailed(Backend backend, Server server, SocketError error) => Log.DialFailed(logger, backend.Name, server.Name, error);

    public void NotSecured(Server server, string reason) => Log.TlsToServerFailed(logger, server.Name, reason);

    public void NameChanged(DnsEndPoint name, string? failure)
    {
        if (failure is null) Log.NameResolved(logger, name.Host);
        else Log.NameFailed(logger, name.Host, failure);
    }

    public void ServiceChanged(string backend, string service, string? failure)
    {
        if (failure is null) Log.ServiceAnswered(logger, backend, service);
        else Log.ServiceFailed(logger, backend, service, failure);
    }

    public void ServersChanged(string backend, string service, IReadOnlyList<ServerSettings> servers)
    {
        if (servers.Count == 0) Log.ServiceNotAvailable(logger, backend, service);
        else Log.ServiceServers(logger, backend, service, string.Join(", ", servers.Select(Describe)));

        static string Describe(ServerSettings server) =>
            $"{Server.NameOf(server.Address)}{(server.Weight == 1 ? "" : $" weight {server.Weight}")}{(server.IsBackup ? " backup" : "")}";
    }

    public void HealthChanged(Backend backend, ServerState server, HealthChange change)
    {
        switch (change.Verdict)
        {
            case HealthVerdict.Back:
                Log.ServerBack(logger, backend.Name, server.Name, change.Why, backend.Usable);
                break;
            case HealthVerdict.Out:
                Log.ServerOut(logger, backend.Name, server.Name, change.Why, change.CoolDown, backend.Usable);
                break;
            case HealthVerdict.Down:
                Log.ServerDown(logger, backend.Name, server.Name, change.Why, backend.Usable);
                break;
        }
    }

    /// <summary>Warns of servers that are listeners of this process.</summary>
    public void Loops(IEnumerable<Backend> backends, OwnAddresses own)
    {
        foreach (var backend in backends)
        {
            foreach (var server in backend.Servers.Where(server => own.Contains(server.Address))) Log.ServerIsListener(logger, backend.Name, server.Name);
        }
    }
}
