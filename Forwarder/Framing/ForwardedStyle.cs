namespace SniForward.Framing;

/// <summary>How a server is told of the client that it does not see.</summary>
internal enum ForwardedStyle
{
    /// <summary>Not at all: what the client says of itself is sent on as it is.</summary>
    Off,

    /// <summary>By X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host.</summary>
    XForwarded,

    /// <summary>By Forwarded (RFC 7239).</summary>
    Forwarded,
}
