using System.Diagnostics.CodeAnalysis;
using System.Net;
using SniForward.Peeking;

namespace SniForward.Startup.Configuration;

/// <summary>Reads every <c>[[route]]</c>, and sees to it that no two of them claim the same connections.</summary>
internal sealed class ConfigRoutes
{
    private const string EveryListener = "";
    private const string NoHost = "";
    private const Protocols PlainHttp = Protocols.Http | Protocols.H2c;
    private const string HostsAdvice = "write hosts = [\"example.com\"], or protocol = \"ssh\" for all that speak it";

    private readonly ConfigErrors _errors;
    private readonly ConfigBackends _backends;
    private readonly ConfigListeners _listeners;
    private readonly ConfigTermination _termination;
    private readonly List<RouteConfig> _all = [];

    // The line of the first claim. A hash look-up a host, for there may be millions.
    private readonly Dictionary<(string Host, string Conditions, string Listener), int> _claims = [];
    private readonly List<(RouteConfig Route, ConfigSection Section)> _reusable = [];
    private bool _listenersMatter;

    public ConfigRoutes(
        ConfigSection root, ConfigBackends backends, ConfigListeners listeners, ConfigTermination termination, ConfigErrors errors)
    {
        _errors = errors;
        _backends = backends;
        _listeners = listeners;
        _termination = termination;
        foreach (var section in root.Tables("route"))
            Read(section);
    }

    public IReadOnlyList<RouteConfig> All => _all;

    /// <summary>Warns of each route whose connections browsers reuse for hosts of others, once <paramref name="config"/> is known to be valid.</summary>
    public void WarnOfCoalescing(ForwarderConfig config)
    {
        if (_reusable.Count == 0)
            return;
        var coalescing = new ConfigCoalescing(config);
        foreach (var (route, section) in _reusable)
        {
            if (coalescing.WarningOf(route) is { } warning)
                section.WarnOfKey("tls", warning);
        }
    }

    private void Read(ConfigSection section)
    {
        var hostTexts = section.Has("protocol") && !section.Has("hosts") ? [] : section.RequiredStrings("hosts", HostsAdvice);
        int maxConnections = section.Count("max_connections");

        int before = _errors.Count;
        var alpn = section.Values<string>("alpn", ConfigValues.TryAlpn);
        var listeners = section.Values<string>("listeners", TryListener);
        var clients = section.Values<IPNetwork>("clients", ConfigAddresses.TryNetwork);
        var protocolTexts = section.Strings("protocol") ?? [];
        var protocols = Spoken(protocolTexts, listeners);
        // A condition that was refused is not known, and what it might clash with would be a guess.
        bool knowsConditions = _errors.Count == before;

        int httpsPort = section.Value<int>("redirect", 0, ConfigAddresses.TryHttps, "\"https\" or \"https:8443\"");
        if (httpsPort > 0 && knowsConditions)
            RefuseVainRedirect(section, protocols, alpn, listeners);
        string? challengeBackend = _backends.Resolve(section.String("acme"));
        if (section.Has("acme") && !section.Has("redirect"))
            section.RefuseKey("acme", "without redirect = \"https\" all of plain HTTP goes to the backend already; add that, or remove acme");
        bool isOnlyPlain = protocols != Protocols.None && (protocols & ~PlainHttp) == 0;
        string? backend = _backends.ResolveOfRoute(section, isRequired: !(section.Has("redirect") && isOnlyPlain));

        string conditions = Conditions(protocols, alpn, clients);
        if (hostTexts.Count == 0 && knowsConditions && protocolTexts is [var protocolText, ..])
            Claim(protocolText, NoHost, conditions, listeners);
        var hosts = new string[hostTexts.Count];
        for (int i = 0; i < hosts.Length; i++)
        {
            if (!hostTexts[i].TryParse<string>(ConfigHosts.TryHost, out string? host))
                continue;

            hosts[i] = host;
            if (knowsConditions)
                Claim(hostTexts[i], host, conditions, listeners);
        }

        var tls = _termination.Read(section, protocols, hostTexts.Zip(hosts).Where(host => host.Second is not null));
        section.RefuseOtherKeys();
        if (backend is null && section.Has("backend"))
            return;
        var route = new RouteConfig(hosts, backend, protocols, alpn, listeners, clients, maxConnections, section.Line) { Tls = tls, HttpsPort = httpsPort, ChallengeBackend = challengeBackend };
        _all.Add(route);
        if (ConfigCoalescing.Concerns(route))
            _reusable.Add((route, section));
    }

    /// <summary>What a route's <c>protocol</c> says; none of it if a protocol is not accepted where the route holds.</summary>
    private Protocols Spoken(IReadOnlyList<ConfigText> texts, IReadOnlyList<string> listeners)
    {
        var spoken = Protocols.None;
        foreach (var text in texts)
        {
            if (!text.TryChoose(ConfigProtocols.OfRoutes, out var protocol))
                continue;

            if (Here(listeners).All(listener => (listener.Protocols & (protocol | Protocols.Any)) == 0))
                text.Refuse($"no listener of this route accepts \"{text.Value}\"; add it to the protocols of a [[listener]]");
            spoken |= protocol;
        }

        return spoken;
    }

    /// <summary>Refuses to send clients to https that never come.</summary>
    private void RefuseVainRedirect(ConfigSection section, Protocols protocols, IReadOnlyList<string> alpn, IReadOnlyList<string> listeners)
    {
        if (protocols != Protocols.None && (protocols & PlainHttp) == 0)
            section.RefuseKey("redirect", "the protocol of this route is not plain HTTP; add \"http\" to it, or remove redirect");
        else if (alpn.Count > 0)
            section.RefuseKey("redirect", "plain HTTP has no ALPN, so that this route is not for it; remove one of the two");
        else if (Here(listeners).All(listener => (listener.Protocols & PlainHttp) == 0))
            section.RefuseKey("redirect", "no listener of this route accepts plain HTTP; add \"http\" to the protocols of one, or a [[listener]] with bind = \"[::]:80\"");
    }

    private IEnumerable<ListenerConfig> Here(IReadOnlyList<string> listeners) =>
        _listeners.All.Where(listener => listeners.Count == 0 || listeners.Contains(listener.Name));

    private bool TryListener(string text, out string name, [NotNullWhen(false)] out string? error)
    {
        name = text;
        error = _listeners.Names.Contains(text) ? null : $"unknown listener \"{text}\"{Hint(text)}";
        return error is null;
    }

    private string Hint(string listener) =>
        ConfigHint.DidYouMean(listener, _listeners.Names) is { Length: > 0 } hint ? hint : "; give a [[listener]] that name";

    /// <summary>A claim on every listener stands against one on any, and the other way round.</summary>
    private void Claim(ConfigText text, string host, string conditions, IReadOnlyList<string> listeners)
    {
        _listenersMatter |= listeners.Count > 0;
        int first = Claimed(host, conditions, EveryListener);
        if (_listenersMatter)
        {
            foreach (string listener in listeners.Count > 0 ? listeners : _listeners.Names)
                first = first > 0 ? first : Claimed(host, conditions, listener);
        }

        if (first > 0)
        {
            text.Refuse($"\"{text.Value}\" is already routed at line {first}, under the same conditions; remove one of the two");
            return;
        }

        if (listeners.Count == 0)
            _claims.Add((host, conditions, EveryListener), text.Line);
        foreach (string listener in listeners)
            _claims.TryAdd((host, conditions, listener), text.Line);
    }

    private int Claimed(string host, string conditions, string listener) =>
        _claims.GetValueOrDefault((host, conditions, listener));

    /// <summary>Equal for equal sets of conditions, in whatever order they are written.</summary>
    private static string Conditions(Protocols protocols, IReadOnlyList<string> alpn, IReadOnlyList<IPNetwork> clients)
    {
        if (protocols == Protocols.None && alpn.Count == 0 && clients.Count == 0)
            return "";

        var networks = clients.Select(c => c.ToString());
        return $"{(int)protocols}\0{string.Join('\n', alpn.Distinct().Order(StringComparer.Ordinal))}\0{string.Join('\n', networks.Distinct().Order(StringComparer.Ordinal))}";
    }
}
