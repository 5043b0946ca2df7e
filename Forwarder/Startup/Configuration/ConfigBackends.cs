using System.Net;
using SniForward.Selecting;

namespace SniForward.Startup.Configuration;

/// <summary>Reads every <c>[backend.NAME]</c>, and resolves what the rest of the file says about backends.</summary>
internal sealed class ConfigBackends
{
    private const string ServersAdvice = "write servers = [\"host:port\"]";

    // Beyond so many different unknown names the fault is not a slip of the finger, and comparing them all takes long.
    private const int MostHints = 256;

    private static readonly (string, bool)[] Balances = [("round-robin", true)];

    private static readonly (string, ProxyVersion)[] ProxyVersions = [("off", ProxyVersion.Off), ("v1", ProxyVersion.V1), ("v2", ProxyVersion.V2)];

    private readonly ConfigErrors _errors;
    private readonly List<BackendConfig> _all = [];

    // By name or inline address; null: it is there but was refused, which is error enough.
    private readonly Dictionary<string, BackendConfig?> _byReference = [];
    private readonly Dictionary<string, string> _hints = [];
    private readonly List<string> _names = [];

    public ConfigBackends(ConfigSection root, ConfigErrors errors)
    {
        _errors = errors;
        foreach (var (name, section) in root.NamedTables("backend"))
        {
            var backend = Read(name, section);
            _byReference.Add(name.Value, backend);
            _names.Add(name.Value);
            if (backend is not null)
                _all.Add(backend);
        }
    }

    /// <summary>The named ones in the order of the file, then the inline addresses in the order of their first use.</summary>
    public IReadOnlyList<BackendConfig> All => _all;

    /// <summary>The backend that a text names, or is the address of; null if it was refused or absent.</summary>
    public string? Resolve(ConfigText? reference)
    {
        if (reference is not { } text)
            return null;
        if (_byReference.TryGetValue(text.Value, out var known))
            return known?.Name;
        if (!text.Value.Contains(':'))
        {
            text.Refuse($"unknown backend \"{text.Value}\"{Hint(text.Value)}");
            return null;
        }

        if (!text.TryParse<EndPoint>(ConfigAddresses.TryServer, out var server))
            return null;

        var inline = new BackendConfig(text.Value, [server], MaxConnections: 0, ProxyVersion.Off);
        _byReference.Add(inline.Name, inline);
        _all.Add(inline);
        return inline.Name;
    }

    private BackendConfig? Read(ConfigText name, ConfigSection section)
    {
        bool named = name.TryParse<string>(ConfigValues.TryName, out _);
        var servers = new List<EndPoint>();
        foreach (var item in section.Items("servers", "a list of addresses") ?? [])
        {
            if (Address(section, item) is { } text && text.TryParse<EndPoint>(ConfigAddresses.TryServer, out var server))
                servers.Add(server);
        }

        if (section.Has("servers"))
            section.RefuseEmpty("servers", ServersAdvice);
        else
            section.RefuseWithout("servers", ServersAdvice);

        section.Choice("balance", true, Balances);
        int maxConnections = section.Count("max_connections");
        var sendProxy = section.Choice("send_proxy", ProxyVersion.Off, ProxyVersions);
        section.RefuseOtherKeys();
        return named && servers.Count > 0 ? new(name.Value, servers, maxConnections, sendProxy) : null;
    }

    private ConfigText? Address(ConfigSection section, ConfigNode item)
    {
        if (item is not ConfigTable table)
            return section.Text("servers", item, "an address or { address = \"host:port\" }");

        var server = new ConfigSection(table, "a server", _errors);
        var address = server.String("address");
        if (!server.Has("address"))
            server.RefuseWithout("address", "write { address = \"host:port\" }");
        server.RefuseOtherKeys();
        return address;
    }

    private string Hint(string unknown)
    {
        if (_hints.TryGetValue(unknown, out string? hint))
            return hint;

        hint = _hints.Count < MostHints ? ConfigHint.DidYouMean(unknown, _names) : "";
        if (hint.Length == 0)
            hint = $"; an address needs a port, \"{unknown}:80\", and a name needs its [backend.{unknown}]";
        if (_hints.Count < MostHints)
            _hints.Add(unknown, hint);
        return hint;
    }
}
