using System.Diagnostics.CodeAnalysis;
using System.Net;
using SniForward.Selecting;

namespace SniForward.Startup.Configuration;

/// <summary>Reads the <c>servers</c> of a <c>[backend.NAME]</c>: addresses, and names of SRV records.</summary>
internal sealed class ConfigServers
{
    private const string ServersAdvice = "write servers = [\"host:port\"]";
    private const string ServicePrefix = "srv+";

    // As many as a fleet has, and few enough that a round of turns stays small.
    private const int HeaviestWeight = 256;

    private readonly ConfigErrors _errors;
    private readonly int _maxConnections;
    private readonly List<ServerSettings> _servers = [];
    private readonly List<ServiceSettings> _services = [];
    private readonly HashSet<string> _names = [];

    /// <param name="section">The backend's.</param>
    /// <param name="maxConnections">Of each server that does not say otherwise.</param>
    /// <param name="errors">Where errors go.</param>
    public ConfigServers(ConfigSection section, int maxConnections, ConfigErrors errors)
    {
        (_errors, _maxConnections) = (errors, maxConnections);
        foreach (var item in section.Items("servers", "a list of addresses") ?? []) Read(section, item);
        if (section.Has("servers"))
            section.RefuseEmpty("servers", ServersAdvice);
        else
            section.RefuseWithout("servers", ServersAdvice);
    }

    public IReadOnlyList<ServerSettings> Servers => _servers;

    public IReadOnlyList<ServiceSettings> Services => _services;

    private void Read(ConfigSection section, ConfigNode item)
    {
        var (weight, isBackup, maxConnections) = (1, false, _maxConnections);
        ConfigText? address;
        if (item is ConfigTable table)
        {
            var server = new ConfigSection(table, "a server", _errors);
            address = server.String("address");
            if (!server.Has("address"))
                server.RefuseWithout("address", "write { address = \"host:port\" }");
            weight = server.Count("weight", otherwise: 1, least: 1, most: HeaviestWeight);
            isBackup = server.Boolean("backup", otherwise: false);
            maxConnections = server.Count("max_connections", otherwise: _maxConnections);
            server.RefuseOtherKeys();
            if (address is { } service && IsService(service) && server.Has("weight"))
                service.Refuse("the servers of SRV records have the weights that those say; leave \"weight\" out");
        }
        else
        {
            address = section.Text("servers", item, "an address or { address = \"host:port\" }");
        }

        if (address is not { } text) return;
        if (IsService(text))
        {
            if (text.TryParse<string>(TryService, out var name) && IsNew(text, text.Value)) _services.Add(new(name, isBackup, maxConnections));
        }
        else if (text.TryParse<EndPoint>(ConfigAddresses.TryServer, out var endPoint) && IsNew(text, Server.NameOf(endPoint)))
        {
            _servers.Add(new(endPoint, weight, isBackup, maxConnections));
        }
    }

    private bool IsNew(ConfigText text, string name)
    {
        if (_names.Add(name)) return true;
        text.Refuse($"\"{text.Value}\" is in the list already; {(IsService(text) ? "remove one of the two" : $"give it a weight instead, {{ address = \"{text.Value}\", weight = 2 }}")}");
        return false;
    }

    private static bool IsService(ConfigText text) => text.Value.StartsWith(ServicePrefix, StringComparison.Ordinal);

    /// <summary>"srv+_https._tcp.api.internal".</summary>
    private static bool TryService(string text, [MaybeNullWhen(false)] out string name, [NotNullWhen(false)] out string? error)
    {
        name = text[ServicePrefix.Length..];
        error = ConfigAddresses.IsDnsName(name) && name.Contains('.') ? null
            : $"\"{name}\" is not the name of SRV records; write \"srv+_https._tcp.api.internal\", without a port: the records have it";
        return error is null;
    }
}
