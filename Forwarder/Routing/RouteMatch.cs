namespace SniForward.Routing;

/// <summary>Where a connection goes, and why.</summary>
/// <param name="Kind">How it was found.</param>
/// <param name="Route">The route; null for a default, or if nothing was found.</param>
/// <param name="Backend">The index of the backend; -1 if nothing was found, or the route has none.</param>
/// <param name="Pattern">The host of the route that matched, as in its <see cref="Routing.Route.Hosts"/>, or its label; empty without a route.</param>
internal readonly record struct RouteMatch(MatchKind Kind, Route? Route, int Backend, string Pattern);
