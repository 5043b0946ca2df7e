using SniForward.Admin.Api;

namespace SniForward.Admin;

/// <summary>Which of the connections are asked for, and in which order.</summary>
/// <param name="Filter">What one of its names or addresses contains, in any case; empty: all.</param>
/// <param name="Sort">What they are sorted by.</param>
/// <param name="IsDescending">The largest first.</param>
internal readonly record struct ConnectionQuery(string Filter, ConnectionSort Sort, bool IsDescending)
{
    /// <summary>The most that are answered.</summary>
    public const int Most = 200;

    /// <summary>Reads it from a request's parameters; what is missing or unknown is as if the oldest of all were asked for.</summary>
    public static ConnectionQuery Of(string? filter, string? sort, string? order) => new(
        filter?.Trim() ?? "",
        sort switch { "up" => ConnectionSort.Up, "down" => ConnectionSort.Down, _ => ConnectionSort.Age },
        order != "ascending");

    /// <summary>Answers it.</summary>
    /// <param name="all">Every open connection.</param>
    public ConnectionList Answer(IReadOnlyCollection<ConnectionView> all)
    {
        var filter = Filter;
        var matching = filter.Length == 0 ? [.. all] : all.Where(connection => Contains(connection, filter)).ToList();
        var ordered = Sort switch
        {
            ConnectionSort.Up => matching.OrderBy(connection => connection.BytesUp),
            ConnectionSort.Down => matching.OrderBy(connection => connection.BytesDown),
            _ => matching.OrderBy(connection => connection.Age),
        };
        var first = (IsDescending ? ordered.Reverse() : ordered).Take(Most);
        return new ConnectionList(all.Count, matching.Count, [.. first]);
    }

    private static bool Contains(ConnectionView connection, string filter) =>
        Has(connection.Name, filter) || Has(connection.Client, filter) || Has(connection.Server, filter) || Has(connection.Route, filter)
        || Has(connection.Backend, filter) || Has(connection.Listener, filter) || Has(connection.Protocol, filter);

    private static bool Has(string text, string filter) => text.Contains(filter, StringComparison.OrdinalIgnoreCase);
}
