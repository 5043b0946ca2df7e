namespace SniForward.Tests.EndToEnd;

/// <summary>What became of a request.</summary>
internal enum ChaosOutcome
{
    /// <summary>Its own answer came whole.</summary>
    Served,

    /// <summary>A whole answer of the forwarder's own: 502, 503 or 504.</summary>
    Refused,

    /// <summary>A reset or an end after a part of its own answer, or after nothing.</summary>
    Cut,

    /// <summary>Anything else: what must not be.</summary>
    Wrong,
}
