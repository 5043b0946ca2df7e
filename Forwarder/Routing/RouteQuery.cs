using System.Net;

namespace SniForward.Routing;

/// <summary>What is known of a connection when its route is looked for.</summary>
internal readonly ref struct RouteQuery
{
    /// <summary>The name in normal form; empty if it carries none.</summary>
    public ReadOnlySpan<char> Name { get; init; }

    /// <summary>Whether the name is an IP literal, which only an exact host matches.</summary>
    public bool IsAddress { get; init; }

    /// <summary>The bit of the protocol that it speaks; 0: not known.</summary>
    public int Protocol { get; init; }

    /// <summary>The ALPN names offered, each one length byte and that many bytes, already checked (RFC 7301 §3.1).</summary>
    public ReadOnlySpan<byte> Alpn { get; init; }

    /// <summary>The index of the listener, from 0.</summary>
    public int Listener { get; init; }

    /// <summary>The client's address; null if it has none or it is not known.</summary>
    public IPAddress? Client { get; init; }
}
