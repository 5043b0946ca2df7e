using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace SniForward.Startup.Configuration;

/// <summary>Reads every <c>[[route]]</c>, and sees to it that no two of them claim the same connections.</summary>
internal sealed class ConfigRoutes
{
    private const string EveryListener = "";
    private const string HostsAdvice = "write hosts = [\"example.com\"]";
    private const string BackendAdvice = "write backend = \"host:port\" or the name of a [backend.NAME]";

    private readonly ConfigErrors _errors;
    private readonly ConfigBackends _backends;
    private readonly IReadOnlyCollection<string> _listeners;
    private readonly List<RouteConfig> _all = [];

    // The line of the first claim. A hash look-up a host, for there may be millions.
    private readonly Dictionary<(string Host, string Conditions, string Listener), int> _claims = [];
    private bool _listenersMatter;

    public ConfigRoutes(
        ConfigSection root, ConfigBackends backends, IReadOnlyCollection<string> listeners, ConfigErrors errors)
    {
        _errors = errors;
        _backends = backends;
        _listeners = listeners;
        foreach (var section in root.Tables("route"))
            Read(section);
    }

    public IReadOnlyList<RouteConfig> All => _all;

    private void Read(ConfigSection section)
    {
        var hostTexts = section.RequiredStrings("hosts", HostsAdvice);
        string? backend = _backends.Resolve(section.String("backend"));
        if (!section.Has("backend"))
            section.RefuseWithout("backend", BackendAdvice);

        int before = _errors.Count;
        var alpn = section.Values<string>("alpn", ConfigValues.TryAlpn);
        var listeners = section.Values<string>("listeners", TryListener);
        var clients = section.Values<IPNetwork>("clients", ConfigAddresses.TryNetwork);
        // A condition that was refused is not known, and what it might clash with would be a guess.
        bool knowsConditions = _errors.Count == before;
        section.RefuseOtherKeys();

        string conditions = Conditions(alpn, clients);
        var hosts = new string[hostTexts.Count];
        for (int i = 0; i < hosts.Length; i++)
        {
            if (!hostTexts[i].TryParse<string>(ConfigHosts.TryHost, out string? host))
                continue;

            hosts[i] = host;
            if (knowsConditions)
                Claim(hostTexts[i], host, conditions, listeners);
        }

        if (backend is not null)
            _all.Add(new(hosts, backend, alpn, listeners, clients, section.Line));
    }

    private bool TryListener(string text, out string name, [NotNullWhen(false)] out string? error)
    {
        name = text;
        error = _listeners.Contains(text) ? null : $"unknown listener \"{text}\"{Hint(text)}";
        return error is null;
    }

    private string Hint(string listener) =>
        ConfigHint.DidYouMean(listener, _listeners) is { Length: > 0 } hint ? hint : "; give a [[listener]] that name";

    /// <summary>A claim on every listener stands against one on any, and the other way round.</summary>
    private void Claim(ConfigText text, string host, string conditions, IReadOnlyList<string> listeners)
    {
        _listenersMatter |= listeners.Count > 0;
        int first = Claimed(host, conditions, EveryListener);
        if (_listenersMatter)
        {
            foreach (string listener in listeners.Count > 0 ? listeners : _listeners)
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
    private static string Conditions(IReadOnlyList<string> alpn, IReadOnlyList<IPNetwork> clients)
    {
        if (alpn.Count == 0 && clients.Count == 0)
            return "";

        var networks = clients.Select(c => c.ToString());
        return $"{string.Join('\n', alpn.Distinct().Order(StringComparer.Ordinal))}\0{string.Join('\n', networks.Distinct().Order(StringComparer.Ordinal))}";
    }
}
