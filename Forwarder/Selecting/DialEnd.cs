namespace SniForward.Selecting;

/// <summary>How dialling a backend ended.</summary>
internal enum DialEnd
{
    /// <summary>A server took the connection.</summary>
    Connected,

    /// <summary>No server may be used now: all are at their limit.</summary>
    Full,

    /// <summary>Every server that was tried refused, could not be reached or has no address.</summary>
    Unreachable,

    /// <summary>No server answered within the deadline.</summary>
    TimedOut,
}
