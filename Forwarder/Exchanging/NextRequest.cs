namespace SniForward.Exchanging;

/// <summary>What a client does once it has been answered.</summary>
internal enum NextRequest
{
    /// <summary>The first bytes of another request are there.</summary>
    Begun,

    /// <summary>It has ended its side.</summary>
    Ended,

    /// <summary>It has reset the connection, or that was aborted.</summary>
    Gone,

    /// <summary>The wait was cancelled.</summary>
    Cancelled,

    /// <summary>It has not sent the whole of the last one, and cannot: the server took no more, or it was malformed.</summary>
    Unfinished,
}
