using System.Text;

namespace SniForward.Peeking;

/// <summary>The host and the optional port of an HTTP request (RFC 3986 §3.2). Whether the host is a valid name is for routing to say.</summary>
internal static class Authority
{
    private const int MaxPortDigits = 5;

    /// <summary>Whether there is a host, and no user information, which could pass one host off as another (RFC 9110 §4.2.4).</summary>
    public static bool HasHost(ReadOnlySpan<byte> authority) =>
        !HostOf(authority).IsEmpty && !authority.Contains((byte)'@');

    /// <summary>Whether it is a host and a port and nothing else, as CONNECT wants it (RFC 9112 §3.2.3).</summary>
    public static bool IsHostAndPort(ReadOnlySpan<byte> authority)
    {
        var port = authority.Length - HostOf(authority).Length - 1;
        return port is > 0 and <= MaxPortDigits && HasHost(authority) && !authority.ContainsAny("/?#"u8);
    }

    /// <summary>Compares hosts without regard to case, to ports and to one final dot.</summary>
    public static bool IsSameHost(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) =>
        Ascii.EqualsIgnoreCase(WithoutFinalDot(HostOf(one)), WithoutFinalDot(HostOf(other)));

    /// <summary>All but a final colon with digits, or without any.</summary>
    private static ReadOnlySpan<byte> HostOf(ReadOnlySpan<byte> authority)
    {
        var beforePort = authority.LastIndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return beforePort >= 0 && authority[beforePort] == ':' ? authority[..beforePort] : authority;
    }

    private static ReadOnlySpan<byte> WithoutFinalDot(ReadOnlySpan<byte> host) => host is [.. var name, (byte)'.'] ? name : host;
}
