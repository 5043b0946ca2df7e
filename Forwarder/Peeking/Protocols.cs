namespace SniForward.Peeking;

/// <summary>The protocols that a connection's first bytes may speak, and, as a set, those that a listener accepts.</summary>
[Flags]
internal enum Protocols
{
    /// <summary>Not known: too few bytes yet, or none of the others.</summary>
    None = 0,

    /// <summary>TLS: a ClientHello (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2).</summary>
    Tls = 1,

    /// <summary>HTTP/1.0 or HTTP/1.1 (RFC 9112).</summary>
    Http = 2,

    /// <summary>Anything else. Only in a listener's set: such connections go to its default, bytes unchanged.</summary>
    Any = 4,

    /// <summary>HTTP/2 in the clear, with prior knowledge (RFC 9113 §3.3).</summary>
    H2c = 8,

    /// <summary>SSH: an identification string (RFC 4253 §4.2).</summary>
    Ssh = 16,

    /// <summary>PostgreSQL's frontend: an SSLRequest, a GSSENCRequest, a CancelRequest or a StartupMessage (its manual, "Message Flow").</summary>
    Postgres = 32,
}
