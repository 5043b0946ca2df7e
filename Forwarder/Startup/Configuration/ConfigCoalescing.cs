using System.Net.Security;
using SniForward.Peeking;
using SniForward.Routing;
using SniForward.Securing;

namespace SniForward.Startup.Configuration;

/// <summary>
/// Finds the routes whose HTTP/2 connections browsers reuse for hosts of other routes: those that the same certificate is for
/// (connection coalescing, RFC 9113 §9.1.1). What is sent there then reaches the wrong backend.
/// </summary>
internal sealed class ConfigCoalescing
{
    private const string OwnCertificates = "Give each backend's hosts a certificate of their own";

    private static readonly byte[] BrowsersAlpn = [2, (byte)'h', (byte)'2', 8, .. "http/1.1"u8];

    private readonly ForwarderConfig _config;
    private readonly RouteTable _table;

    // The exact hosts one label below a name, by backend: most are told apart by that, without a look at each.
    private readonly Dictionary<string, Dictionary<string, List<string>>> _below = [];

    /// <param name="config">Valid.</param>
    public ConfigCoalescing(ForwarderConfig config)
    {
        (_config, _table) = (config, RouteTableBuilder.Build(config));
        foreach (var route in config.Routes)
        {
            foreach (string host in route.Hosts.Where(host => IsExact(host) && host.Contains('.')))
                Below(host[(host.IndexOf('.') + 1)..], route.Backend ?? "").Add(host);
        }
    }

    /// <summary>Whether HTTP/2 is spoken over TLS that ends at <paramref name="route"/>: others have nothing to reuse.</summary>
    public static bool Concerns(RouteConfig route) => route.Tls?.Alpn.Contains(SslApplicationProtocol.Http2) is true;

    /// <summary>A warning for people; null: nothing is known that would be sent to the wrong backend.</summary>
    /// <param name="route">One that it <see cref="Concerns"/>.</param>
    public string? WarningOf(RouteConfig route)
    {
        if (route.Backend is not { } backend)
            return null;
        int[] listeners = [.. _config.Listeners.Index()
            .Where(listener => listener.Item.Protocols.HasFlag(Protocols.Tls) && (route.Listeners.Count == 0 || route.Listeners.Contains(listener.Item.Name)))
            .Select(listener => listener.Index)];
        bool hasServerOfEachName = _config.Backends.First(known => known.Name == backend).Dynamic is not null;
        foreach (var certificate in Shown(route))
        {
            string because = $"since \"{certificate.Source}\" is for that too";
            if (hasServerOfEachName && certificate.Names.Where(name => Match(name, listeners).Contains(route)).ToArray() is [var first, ..] own && (own.Length > 1 || !IsExact(first)))
                return $"browsers reuse an HTTP/2 connection for another name of this route, {because}; those requests reach the server of the first. {OwnCertificates}, or let the servers answer 421 to hosts that are not their own";

            foreach (string name in certificate.Names.SelectMany(name => Reached(name, backend)))
            {
                if (!route.Hosts.Contains(name) && Match(name, listeners).FirstOrDefault(other => other.Backend != backend) is { } other)
                    return $"browsers reuse HTTP/2 connections of this route for \"{name}\" (line {other.Line}), {because}; those requests reach \"{backend}\" instead of \"{other.Backend}\". {OwnCertificates}, or let \"{backend}\" answer 421 to hosts that are not its own";
            }
        }

        return null;
    }

    /// <summary>The certificates that a route shows to clients that believe them.</summary>
    private static IEnumerable<ServerCertificate> Shown(RouteConfig route)
    {
        // Of a wildcard, which certificates and the table both know by its own text, that is the one for it.
        var store = route.Tls!.Certificates;
        return route.Hosts.Where(host => !HostRegex.IsOne(host))
            .SelectMany(host => new[] { store.Find(host, offersEcdsa: true), store.Find(host, offersEcdsa: false) }.Where(certificate => certificate.Covers(host)))
            .Distinct();
    }

    /// <summary>What a name of a certificate is good for: itself, and of a wildcard each host below it that has another backend.</summary>
    private IEnumerable<string> Reached(string name, string backend)
    {
        if (IsExact(name) || !_below.TryGetValue(name[2..], out var below))
            return [name];
        return below.Where(hosts => hosts.Key != backend).SelectMany(hosts => hosts.Value).Append(name);
    }

    /// <summary>The routes that a browser's connection for a name takes.</summary>
    private IEnumerable<RouteConfig> Match(string name, int[] listeners)
    {
        foreach (int listener in listeners)
        {
            var query = new RouteQuery { Name = name, Protocol = (int)Protocols.Tls, Alpn = BrowsersAlpn, Listener = listener };
            if (_table.Match(query).Route is { } match)
                yield return _config.Routes[match.Index];
        }
    }

    private List<string> Below(string parent, string backend)
    {
        if (!_below.TryGetValue(parent, out var backends))
            _below.Add(parent, backends = []);
        if (!backends.TryGetValue(backend, out var hosts))
            backends.Add(backend, hosts = []);
        return hosts;
    }

    private static bool IsExact(string host) => host is not ['*', ..] and not ['/', ..];
}
