namespace SniForward;

/// <summary>Where a connection is on its path.</summary>
internal enum ConnectionStage
{
    /// <summary>Its first bytes are awaited, or those inside its TLS.</summary>
    Peeking,

    /// <summary>Its route is known or looked for, a handshake runs, or a server is dialled.</summary>
    Dialling,

    /// <summary>Bytes move both ways.</summary>
    Splicing,

    /// <summary>A request and its answer move.</summary>
    Exchanging,

    /// <summary>Its client has been answered, and its next request or its end is awaited.</summary>
    Resting,

    /// <summary>It is told why it is refused.</summary>
    Refusing,

    /// <summary>It has ended, or not begun.</summary>
    Closed,
}
