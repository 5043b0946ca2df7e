namespace SniForward.Framing;

/// <summary>The methods of RFC 9110 §9, and PATCH (RFC 5789).</summary>
internal enum RequestMethod
{
    /// <summary>Any other.</summary>
    Other,

    /// <summary>GET.</summary>
    Get,

    /// <summary>HEAD, whose answer has no body.</summary>
    Head,

    /// <summary>POST.</summary>
    Post,

    /// <summary>PUT.</summary>
    Put,

    /// <summary>DELETE.</summary>
    Delete,

    /// <summary>CONNECT, after whose answer the connection is a tunnel.</summary>
    Connect,

    /// <summary>OPTIONS.</summary>
    Options,

    /// <summary>TRACE.</summary>
    Trace,

    /// <summary>PATCH.</summary>
    Patch,
}
