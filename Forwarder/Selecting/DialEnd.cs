namespace SniForward.Selecting;

/// <summary>How dialling a backend ended.</summary>
internal enum DialEnd
{
    /// <summary>A server took the connection.</summary>
    Connected,

    /// <summary>Every server that is fit is at its limit, and waiting for a place was not allowed or in vain.</summary>
    Full,

    /// <summary>No server is fit: all have failed before.</summary>
    Down,

    /// <summary>The client left while it waited for a place.</summary>
    ClientLeft,

    /// <summary>Every server that was tried refused, could not be reached or has no address.</summary>
    Unreachable,

    /// <summary>No server answered within the deadline.</summary>
    TimedOut,

    /// <summary>The server is one of this process's own listeners.</summary>
    Loop,

    /// <summary>A name that the client chose has no address that may be dialled.</summary>
    NotAllowed,

    /// <summary>This process has no descriptor left.</summary>
    NoDescriptor,
}
