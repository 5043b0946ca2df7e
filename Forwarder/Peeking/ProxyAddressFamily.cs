namespace SniForward.Peeking;

/// <summary>The kind of addresses in a PROXY header, as version 2 numbers it (proxy-protocol.txt, §2.2).</summary>
internal enum ProxyAddressFamily : byte
{
    /// <summary>None: the socket's own stand.</summary>
    Unspecified = 0x0,

    /// <summary>IPv4.</summary>
    Inet = 0x1,

    /// <summary>IPv6.</summary>
    Inet6 = 0x2,

    /// <summary>The paths of unix sockets.</summary>
    Unix = 0x3,
}
