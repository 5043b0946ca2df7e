using System.Net;

namespace SniForward.Routing;

/// <summary>Which names go to which backend, and under which conditions. Immutable.</summary>
internal sealed class Route
{
    /// <summary>What metrics and the log call it where no route matched.</summary>
    public const string Default = "default";

    private readonly NetworkTable? _clients;

    /// <summary>Exact names in normal form, "*.suffix" and "/regex/" patterns; empty: whatever its name, if no route has that.</summary>
    public required IReadOnlyList<string> Hosts { get; init; }

    /// <summary>What it is called where it has matched without a host.</summary>
    public string Label { get; init; } = "";

    /// <summary>What metrics call it: the first of its hosts, or its label.</summary>
    public string Name => Hosts.Count > 0 ? Hosts[0] : Label;

    /// <summary>The index of its backend, from 0; -1: it has none, for it sends all its clients to https.</summary>
    public required int Backend { get; init; }

    /// <summary>ALPN names of which the client must offer one; empty: no condition.</summary>
    public byte[][] Alpn { get; init; } = [];

    /// <summary>The protocols it holds for, a bit each, the same as in <see cref="RouteQuery.Protocol"/>; 0: no condition.</summary>
    public int Protocols { get; init; }

    /// <summary>Indexes of the listeners it holds on; empty: all.</summary>
    public int[] Listeners { get; init; } = [];

    /// <summary>Networks of which one must hold the client's address; empty: no condition.</summary>
    public IPNetwork[] Clients
    {
        get;
        init => (field, _clients) = (value, value.Length == 0 ? null : new NetworkTable(value));
    } = [];

    /// <summary>The port at which clients of plain HTTP are to come again by https; 0: they go to the backend.</summary>
    public int HttpsPort { get; init; }

    /// <summary>The index of the backend that answers ACME's challenges of clients that are sent to https; -1: none does.</summary>
    public int ChallengeBackend { get; init; } = -1;

    /// <summary>Its place among all routes, from 0.</summary>
    public int Index { get; init; }

    /// <summary>Its line in the configuration, from 1.</summary>
    public int Line { get; init; }

    /// <summary>Whether it asks for more than a name; such routes are tried before those that do not.</summary>
    public bool HasConditions => Alpn.Length > 0 || Clients.Length > 0 || Protocols != 0;

    /// <summary>Whether everything but the name of <paramref name="query"/> fits.</summary>
    public bool Fits(in RouteQuery query) =>
        (Listeners.Length == 0 || Listeners.AsSpan().Contains(query.Listener))
        && (Protocols == 0 || (Protocols & query.Protocol) != 0)
        && (Alpn.Length == 0 || OffersOne(query.Alpn))
        && (_clients is null || (query.Client is { } client && _clients.Contains(client)));

    private bool OffersOne(ReadOnlySpan<byte> offered)
    {
        while (!offered.IsEmpty)
        {
            var name = offered.Slice(1, offered[0]);
            foreach (var wanted in Alpn)
            {
                if (name.SequenceEqual(wanted)) return true;
            }
            offered = offered[(1 + name.Length)..];
        }
        return false;
    }
}
