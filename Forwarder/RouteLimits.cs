using System.Runtime.CompilerServices;
using SniForward.Routing;

namespace SniForward;

/// <summary>Counts the connections of each route that may have only so many. Used by every engine at once.</summary>
/// <param name="routes">What each is told apart by, and its most connections, by <see cref="Route.Index"/>; 0: no limit.</param>
/// <param name="before">Whose routes of the same names go on to be counted here; null: there was nothing before.</param>
internal sealed class RouteLimits(IReadOnlyList<(string Name, int MostConnections)> routes, RouteLimits? before = null)
{
    private readonly StrongBox<int>[] _open = Counts(routes, before);

    /// <summary>Counts a connection, if its route has a limit. False if it is over that.</summary>
    /// <param name="route">Null: it goes to a default, which has none.</param>
    /// <param name="count">Where it is counted, to be told to <see cref="Leave"/>; null: nowhere.</param>
    public bool TryEnter(Route? route, out StrongBox<int>? count)
    {
        count = null;
        // Without a limit nobody counts: the count is shared by every core.
        if (route is null || routes[route.Index].MostConnections is not (> 0 and var most)) return true;
        var open = _open[route.Index];
        if (Interlocked.Increment(ref open.Value) <= most)
        {
            count = open;
            return true;
        }
        Interlocked.Decrement(ref open.Value);
        return false;
    }

    /// <summary>Counts a connection that is open already, if its route has a limit by now.</summary>
    /// <param name="route">The route of <paramref name="let"/> that it came by.</param>
    /// <param name="let">The limits by which it was let in.</param>
    /// <param name="count">Where it is counted so far; what comes back is where it is from now on.</param>
    public StrongBox<int>? EnterLate(Route? route, RouteLimits let, StrongBox<int>? count)
    {
        if (route is null || Limited(let.NameOf(route)) is not { } open || open == count) return count;
        Interlocked.Increment(ref open.Value);
        Leave(count);
        return open;
    }

    /// <summary>A connection has ended.</summary>
    /// <param name="count">Where it is counted.</param>
    public static void Leave(StrongBox<int>? count)
    {
        if (count is not null) Interlocked.Decrement(ref count.Value);
    }

    private string NameOf(Route route) => routes[route.Index].Name;

    private StrongBox<int>? Limited(string name)
    {
        for (var i = 0; i < routes.Count; i++)
        {
            if (routes[i].MostConnections > 0 && routes[i].Name == name) return _open[i];
        }
        return null;
    }

    private static StrongBox<int>[] Counts(IReadOnlyList<(string Name, int MostConnections)> routes, RouteLimits? before)
    {
        var known = new Dictionary<string, StrongBox<int>>();
        foreach (var (name, count) in before?.Counted() ?? []) known.TryAdd(name, count);
        return [.. routes.Select(route => known.GetValueOrDefault(route.Name) ?? new StrongBox<int>())];
    }

    private IEnumerable<(string Name, StrongBox<int> Count)> Counted() => routes.Zip(_open, (route, open) => (route.Name, open));
}
