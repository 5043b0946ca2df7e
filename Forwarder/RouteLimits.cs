using System.Runtime.CompilerServices;
using SniForward.Routing;

namespace SniForward;

/// <summary>Counts the connections of each route that may have only so many. Used by every engine at once.</summary>
/// <param name="routes">What each is told apart by, and its most connections, by <see cref="Route.Index"/>; 0: no limit.</param>
/// <param name="before">Whose routes of the same names go on to be counted here; null: there was nothing before.</param>
internal sealed class RouteLimits(IReadOnlyList<(string Name, int MostConnections)> routes, RouteLimits? before = null)
{
    private readonly StrongBox<int>?[] _open = Counts(routes, before);

    /// <summary>Counts a connection, if its route has a limit. False if it is over that; else <see cref="Leave"/> must follow.</summary>
    /// <param name="route">Null: it goes to a default, which has none.</param>
    public bool TryEnter(Route? route)
    {
        // Without a limit nobody counts: the count is shared by every core.
        if (route is null || routes[route.Index].MostConnections is not (> 0 and var most)) return true;
        if (Interlocked.Increment(ref _open[route.Index]!.Value) <= most) return true;
        Interlocked.Decrement(ref _open[route.Index]!.Value);
        return false;
    }

    public void Leave(Route? route)
    {
        if (route is not null && routes[route.Index].MostConnections > 0) Interlocked.Decrement(ref _open[route.Index]!.Value);
    }

    private static StrongBox<int>?[] Counts(IReadOnlyList<(string Name, int MostConnections)> routes, RouteLimits? before)
    {
        var known = new Dictionary<string, StrongBox<int>>();
        foreach (var (name, count) in before?.Counted() ?? []) known.TryAdd(name, count);
        return [.. routes.Select(route => route.MostConnections == 0 ? null : known.GetValueOrDefault(route.Name) ?? new StrongBox<int>())];
    }

    private IEnumerable<(string Name, StrongBox<int> Count)> Counted() =>
        routes.Zip(_open).Where(route => route.Second is not null).Select(route => (route.First.Name, route.Second!));
}
