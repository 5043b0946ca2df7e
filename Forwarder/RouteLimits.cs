using SniForward.Routing;

namespace SniForward;

/// <summary>Counts the connections of each route that may have only so many. Used by every engine at once.</summary>
/// <param name="mostConnections">Of each route, by <see cref="Route.Index"/>; 0: no limit.</param>
internal sealed class RouteLimits(IReadOnlyList<int> mostConnections)
{
    private readonly int[] _open = new int[mostConnections.Count];

    /// <summary>Counts a connection, if its route has a limit. False if it is over that; else <see cref="Leave"/> must follow.</summary>
    /// <param name="route">Null: it goes to a default, which has none.</param>
    public bool TryEnter(Route? route)
    {
        // Without a limit nobody counts: the count is shared by every core.
        if (route is null || mostConnections[route.Index] == 0 || Interlocked.Increment(ref _open[route.Index]) <= mostConnections[route.Index]) return true;
        Interlocked.Decrement(ref _open[route.Index]);
        return false;
    }

    public void Leave(Route? route)
    {
        if (route is not null && mostConnections[route.Index] > 0) Interlocked.Decrement(ref _open[route.Index]);
    }
}
