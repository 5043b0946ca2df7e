namespace SniForward.Framing;

/// <summary>How the end of a message's body is found (RFC 9112 §6.3).</summary>
internal enum BodyKind
{
    /// <summary>There is no body: the message ends with its head.</summary>
    None,

    /// <summary>By its Content-Length.</summary>
    Length,

    /// <summary>By its last chunk and the trailer section behind it.</summary>
    Chunked,

    /// <summary>By the end of the connection; only an answer's.</summary>
    UntilClose,

    /// <summary>Never: from here on the bytes are no longer HTTP, each way.</summary>
    Tunnel,
}
