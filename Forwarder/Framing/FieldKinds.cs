namespace SniForward.Framing;

/// <summary>The fields that say something to an intermediary, as a set.</summary>
[Flags]
internal enum FieldKinds
{
    /// <summary>Any other field.</summary>
    None = 0,

    /// <summary>Host.</summary>
    Host = 0x1,

    /// <summary>Content-Length.</summary>
    ContentLength = 0x2,

    /// <summary>Transfer-Encoding. It is meant for the next hop only, but what is sent on is encoded in the same way.</summary>
    TransferEncoding = 0x4,

    /// <summary>Connection.</summary>
    Connection = 0x8,

    /// <summary>Keep-Alive.</summary>
    KeepAlive = 0x10,

    /// <summary>Proxy-Connection, which never was a standard (RFC 9112 appendix C.2.2).</summary>
    ProxyConnection = 0x20,

    /// <summary>TE.</summary>
    Te = 0x40,

    /// <summary>Upgrade.</summary>
    Upgrade = 0x80,

    /// <summary>HTTP2-Settings, which goes with an upgrade to h2c (RFC 7540 §3.2.1).</summary>
    Http2Settings = 0x100,

    /// <summary>Expect.</summary>
    Expect = 0x200,

    /// <summary>Forwarded (RFC 7239).</summary>
    Forwarded = 0x400,

    /// <summary>X-Forwarded-For.</summary>
    XForwardedFor = 0x800,

    /// <summary>X-Forwarded-Proto.</summary>
    XForwardedProto = 0x1000,

    /// <summary>X-Forwarded-Host.</summary>
    XForwardedHost = 0x2000,

    /// <summary>Any other whose name starts with X-Forwarded-, and those with underscores, which some servers take for hyphens.</summary>
    XForwardedOther = 0x4000,

    /// <summary>Any whose name starts with X-Forwarded-.</summary>
    XForwarded = XForwardedFor | XForwardedProto | XForwardedHost | XForwardedOther,

    /// <summary>Those that are meant for the next hop only (RFC 9110 §7.6.1), Transfer-Encoding aside; Connection may name more.</summary>
    HopByHop = Connection | KeepAlive | ProxyConnection | Te | Upgrade | Http2Settings,

    /// <summary>Those without which a message would be another, so that Connection may not name them, nor a trailer have them.</summary>
    Message = Host | ContentLength | TransferEncoding,
}
