namespace SniForward.Peeking;

/// <summary>The forms of a request target (RFC 9112 §3.2).</summary>
internal enum TargetForm
{
    /// <summary>A path, perhaps with a query.</summary>
    Origin,

    /// <summary>An http or https URI.</summary>
    Absolute,

    /// <summary>A host and a port, for CONNECT.</summary>
    Authority,

    /// <summary>"*", for OPTIONS.</summary>
    Asterisk,
}
