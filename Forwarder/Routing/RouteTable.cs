using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace SniForward.Routing;

/// <summary>
/// The one matcher, for every protocol: the exact host, then the longest wildcard, then the regexes in file order, then
/// the routes without hosts in file order, then the listener's default, then the default of all. Immutable; look-ups do not allocate.
/// </summary>
internal sealed class RouteTable
{
    private readonly Dictionary<string, Candidate> _exact = [];
    private readonly Dictionary<string, Candidate> _wildcards = [];
    private readonly List<(Regex Regex, Candidate Candidate)> _regexes = [];
    private readonly Candidate? _hostless;
    private readonly Dictionary<string, Candidate>.AlternateLookup<ReadOnlySpan<char>> _exactBySpan;
    private readonly Dictionary<string, Candidate>.AlternateLookup<ReadOnlySpan<char>> _wildcardsBySpan;
    private readonly RouteMatch[] _defaults;
    private readonly int _longestSuffix;

    /// <param name="routes">In file order.</param>
    /// <param name="listenerDefaults">For each listener the index of its own default backend, or -1.</param>
    /// <param name="defaultBackend">The index of the default backend of all listeners, or -1.</param>
    /// <exception cref="ArgumentException">A host is a regex that does not compile.</exception>
    public RouteTable(IReadOnlyList<Route> routes, IReadOnlyList<int> listenerDefaults, int defaultBackend)
    {
        _exact.EnsureCapacity(routes.Sum(route => route.Hosts.Count));
        var regexes = new Dictionary<string, Candidate>();
        // Routes with conditions come first among those of a host, otherwise the file's order holds; each is put before
        // those that are there, so they come last first.
        foreach (var route in routes.Where(route => route.HasConditions).Concat(routes.Where(route => !route.HasConditions)).Reverse())
        {
            if (route.Hosts.Count == 0) _hostless = new Candidate(route, route.Label, _hostless);
            foreach (var host in route.Hosts)
            {
                if (HostRegex.IsOne(host)) Add(regexes, host, host, route);
                else if (host.StartsWith("*.", StringComparison.Ordinal)) Add(_wildcards, host[2..], host, route);
                else Add(_exact, host, host, route);
            }
        }

        foreach (var host in routes.SelectMany(route => route.Hosts).Where(HostRegex.IsOne).Distinct())
        {
            if (!HostRegex.TryParse(host, out var regex, out var error) || regex is null) throw new ArgumentException($"{host}: {error}", nameof(routes));
            _regexes.Add((regex, regexes[host]));
        }

        AsksForClient = routes.Any(route => route.Clients.Length > 0);
        _longestSuffix = _wildcards.Keys.Select(suffix => suffix.Length).DefaultIfEmpty(0).Max();
        _exactBySpan = _exact.GetAlternateLookup<ReadOnlySpan<char>>();
        _wildcardsBySpan = _wildcards.GetAlternateLookup<ReadOnlySpan<char>>();
        _defaults = [.. listenerDefaults.Select(own => own >= 0
            ? new RouteMatch(MatchKind.ListenerDefault, null, own, "")
            : new RouteMatch(defaultBackend >= 0 ? MatchKind.Default : MatchKind.None, null, defaultBackend, ""))];
    }

    /// <summary>Whether any route has a condition on the client's address; if not, a query needs none.</summary>
    public bool AsksForClient { get; }

    /// <summary>Where a connection goes.</summary>
    public RouteMatch Match(in RouteQuery query)
    {
        if (query.Name.IsEmpty) return MatchHostless(query);
        if (_exactBySpan.TryGetValue(query.Name, out var exact) && exact.Find(query) is { } host) return host.Match(MatchKind.Exact);
        if (query.IsAddress) return MatchHostless(query);
        if (FindWildcard(query) is { } wildcard) return wildcard.Match(MatchKind.Wildcard);

        foreach (var (regex, candidate) in _regexes)
        {
            if (regex.IsMatch(query.Name) && candidate.Find(query) is { } matched) return matched.Match(MatchKind.Regex);
        }
        return MatchHostless(query);
    }

    /// <summary>Where a connection of <paramref name="listener"/> goes that no route matches.</summary>
    public RouteMatch Default(int listener) => _defaults[listener];

    private RouteMatch MatchHostless(in RouteQuery query) =>
        _hostless?.Find(query) is { } route ? route.Match(MatchKind.Protocol) : Default(query.Listener);

    private Candidate? FindWildcard(in RouteQuery query)
    {
        // The suffixes behind each dot, longest first; those longer than any wildcard's need not be looked up.
        var rest = query.Name;
        while (true)
        {
            var from = Math.Max(0, rest.Length - _longestSuffix - 1);
            var dot = rest[from..].IndexOf('.');
            if (dot < 0) return null;
            rest = rest[(from + dot + 1)..];
            if (_wildcardsBySpan.TryGetValue(rest, out var candidate) && candidate.Find(query) is { } matched) return matched;
        }
    }

    private static void Add(Dictionary<string, Candidate> candidates, string key, string pattern, Route route)
    {
        ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(candidates, key, out _);
        first = new Candidate(route, pattern, first);
    }

    /// <summary>One of the routes of a host, and the next to try.</summary>
    private sealed class Candidate(Route route, string pattern, Candidate? next)
    {
        private readonly Candidate? _next = next;

        public Candidate? Find(in RouteQuery query)
        {
            for (var candidate = this; candidate is not null; candidate = candidate._next)
            {
                if (candidate.Fits(query)) return candidate;
            }
            return null;
        }

        public RouteMatch Match(MatchKind kind) => new(kind, route, route.Backend, pattern);

        private bool Fits(in RouteQuery query) => route.Fits(query);
    }
}
