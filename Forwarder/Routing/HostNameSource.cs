namespace SniForward.Routing;

/// <summary>Where a name was read: each place has its own rules for what may surround the name.</summary>
internal enum HostNameSource
{
    /// <summary>A TLS server_name (RFC 6066 §3): a bare DNS name; an address is no name there.</summary>
    Sni,

    /// <summary>An HTTP Host or authority (RFC 3986 §3.2.2): a DNS name or an IP literal, and perhaps a port.</summary>
    Host,
}
