using SniForward.Peeking;
using SniForward.Routing;
using SniForward.Startup.Configuration;

namespace SniForward.Startup;

/// <summary>Where a connection goes, and why, as a clause for people.</summary>
internal static class RouteExplanation
{
    /// <param name="configFile">The name of the configuration's file.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="protocol">What its client speaks.</param>
    /// <param name="match">What its table answered.</param>
    public static string Of(string configFile, ForwarderConfig config, Protocols protocol, RouteMatch match) => match.Kind switch
    {
        MatchKind.None => "is refused: no route matches, and there is no default",
        MatchKind.ListenerDefault => $"goes to {config.Backends[match.Backend].Name}: no route matches; the listener's default",
        MatchKind.Default => $"goes to {config.Backends[match.Backend].Name}: no route matches; [default]",
        _ => $"{Where(config, protocol, match)}: {Word(match.Kind)} \"{match.Pattern}\" of the route at {configFile}:{match.Route?.Line}",
    };

    private static string Where(ForwarderConfig config, Protocols protocol, RouteMatch match) => Redirection.Applies(match.Route, protocol)
        ? $"is sent to https{(match.Route.HttpsPort == Redirection.DefaultPort ? "" : $", port {match.Route.HttpsPort}")}"
        : $"goes to {config.Backends[match.Backend].Name}";

    private static string Word(MatchKind kind) => kind switch
    {
        MatchKind.Exact => "the exact host",
        MatchKind.Wildcard => "the wildcard",
        MatchKind.Regex => "the regex",
        _ => "the protocol",
    };
}
