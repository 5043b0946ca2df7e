using System.Net;
using SniForward.Selecting;
using SniForward.Selecting.Balancing;

namespace SniForward.Startup.Configuration;

/// <summary>Reads every <c>[backend.NAME]</c>, and resolves what the rest of the file says about backends.</summary>
internal sealed class ConfigBackends
{
    private const string BackendAdvice = "write backend = \"host:port\" or the name of a [backend.NAME]";

    private const string BackendOfTlsAdvice = BackendAdvice + ", for TLS; or protocol = [\"http\", \"h2c\"] to leave it out";

    // Beyond so many different unknown names the fault is not a slip of the finger, and comparing them all takes long.
    private const int MostHints = 256;

    // As many as may wait in a kernel's own queue at most.
    private const int LongestQueue = 1_000_000;

    private static readonly (string, Balance)[] Balances =
    [
        ("round-robin", Balance.RoundRobin), ("least-connections", Balance.LeastConnections),
        ("random-two", Balance.RandomTwo), ("source-hash", Balance.SourceHash),
    ];

    private static readonly (string, ProxyVersion)[] ProxyVersions = [("off", ProxyVersion.Off), ("v1", ProxyVersion.V1), ("v2", ProxyVersion.V2)];

    private readonly ConfigErrors _errors;
    private readonly ConfigCertificates _certificates;
    private readonly List<BackendConfig> _all = [];

    // By name or inline address; null: it is there but was refused, which is error enough.
    private readonly Dictionary<string, BackendConfig?> _byReference = [];
    private readonly Dictionary<string, string> _hints = [];
    private readonly List<string> _names = [];

    public ConfigBackends(ConfigSection root, ConfigCertificates certificates, ConfigErrors errors)
    {
        _errors = errors;
        _certificates = certificates;
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
        if (IsDynamic(text))
        {
            text.Refuse($"\"{text.Value}\" is only for a [[route]] with hosts: anybody could name any server otherwise");
            return null;
        }
        if (!text.Value.Contains(':'))
        {
            text.Refuse($"unknown backend \"{text.Value}\"{Hint(text.Value)}");
            return null;
        }

        if (!text.TryParse<EndPoint>(ConfigAddresses.TryServer, out var server))
            return null;

        return Add(text.Value, new(new(text.Value)) { Servers = [new(server)] });
    }

    /// <summary>As <see cref="Resolve"/>, or the servers that the clients of a route name: <c>"{name}:443"</c>.</summary>
    /// <param name="section">The route's.</param>
    /// <param name="isRequired">Whether there must be one.</param>
    public string? ResolveOfRoute(ConfigSection section, bool isRequired)
    {
        var reference = section.String("backend");
        var allowed = section.Values<IPNetwork>("allow_addresses", ConfigAddresses.TryNetwork);
        if (isRequired && !section.Has("backend"))
            section.RefuseWithout("backend", section.Has("redirect") ? BackendOfTlsAdvice : BackendAdvice);
        if (reference is null && section.Has("backend"))
            return null;
        if (reference is not { } text || !IsDynamic(text))
        {
            if (section.Has("allow_addresses")) section.Refuse($"allow_addresses is only for backend = \"{ConfigAddresses.DynamicPrefix}443\"; remove it");
            return Resolve(reference);
        }

        if (!section.Has("hosts"))
            text.Refuse($"\"{text.Value}\" needs hosts: they say which names may be asked for");
        if (!section.Has("allow_addresses"))
            text.Refuse($"\"{text.Value}\" needs allow_addresses, the networks that names may lead to, such as [\"203.0.113.0/24\"]");
        section.RefuseEmpty("allow_addresses", "name the networks that names may lead to");
        if (!text.TryParse<int>(ConfigAddresses.TryDynamicPort, out int port))
            return null;

        string name = text.Value;
        for (int i = 2; _byReference.TryGetValue(name, out var other) && other?.Dynamic?.Allowed.SequenceEqual(allowed) is not true; i++)
            name = $"{text.Value}#{i}";
        return _byReference.ContainsKey(name) ? name : Add(name, new(new(name)) { Dynamic = new(port, allowed) });
    }

    private static bool IsDynamic(ConfigText text) => text.Value.StartsWith(ConfigAddresses.DynamicPrefix, StringComparison.Ordinal);

    private string Add(string reference, BackendConfig backend)
    {
        _byReference.Add(reference, backend);
        _all.Add(backend);
        return backend.Name;
    }

    private BackendConfig? Read(ConfigText name, ConfigSection section)
    {
        bool named = name.TryParse<string>(ConfigValues.TryName, out _);
        var servers = new ConfigServers(section, section.Count("max_connections"), _errors);
        var rules = new BackendRules(name.Value)
        {
            Balance = section.Choice("balance", Balance.RoundRobin, Balances),
            SendProxy = section.Choice("send_proxy", ProxyVersion.Off, ProxyVersions),
            Attempts = section.Count("attempts"),
            Queue = section.Count("queue", LongestQueue),
            QueueTimeout = section.Value("queue_timeout", new BackendRules("").QueueTimeout, ConfigValues.TryDuration, ConfigValues.ADuration),
            CloseOnFail = section.Boolean("close_on_fail", otherwise: false),
            Health = ConfigHealth.Read(section, _errors),
        };
        if (rules.Queue > 0 && servers.Servers.All(server => server.MaxConnections == 0) && servers.Services.All(service => service.MaxConnections == 0))
            section.Refuse("queue is for connections that wait for a server that is full, and without max_connections none ever is; set that too");
        var tls = ConfigOrigination.Read(section, servers.Servers, _certificates);
        section.RefuseOtherKeys();
        return named && servers.Servers.Count + servers.Services.Count > 0
            ? new(rules) { Servers = servers.Servers, Services = servers.Services, Tls = tls }
            : null;
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
