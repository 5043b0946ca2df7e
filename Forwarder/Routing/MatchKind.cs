namespace SniForward.Routing;

/// <summary>How a backend was found.</summary>
internal enum MatchKind
{
    /// <summary>It was not: no route matches, and there is no default.</summary>
    None,

    /// <summary>By a host that is the name.</summary>
    Exact,

    /// <summary>By a "*.suffix".</summary>
    Wildcard,

    /// <summary>By a "/regex/".</summary>
    Regex,

    /// <summary>By a route without hosts, for all of a protocol.</summary>
    Protocol,

    /// <summary>By no route: the listener's own default.</summary>
    ListenerDefault,

    /// <summary>By no route: the default of all listeners.</summary>
    Default,
}
