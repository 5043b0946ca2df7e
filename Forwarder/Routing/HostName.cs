using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SniForward.Routing;

/// <summary>
/// The one normaliser of names, for every protocol and for the configuration: lower-case ASCII, one final dot and the
/// port of a Host taken off, addresses in their canonical form.
/// </summary>
internal static class HostName
{
    /// <summary>The longest name, in characters (RFC 1035 §2.3.4), without its final dot.</summary>
    public const int MaxLength = 253;

    private const int MaxLabelLength = 63;
    private const int MaxPortDigits = 5;

    private static readonly SearchValues<byte> LabelBytes =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"u8);

    /// <summary>Writes the normal form of <paramref name="raw"/>. Allocates only for an IPv6 literal. Never throws.</summary>
    /// <param name="raw">The bytes as received, from 0 up.</param>
    /// <param name="source">Where they were received.</param>
    /// <param name="buffer">At least <see cref="MaxLength"/> characters.</param>
    /// <param name="length">How many characters were written; 0 unless it is a name or an address.</param>
    public static HostNameKind Normalize(ReadOnlySpan<byte> raw, HostNameSource source, Span<char> buffer, out int length)
    {
        length = 0;
        if (raw.IsEmpty) return source == HostNameSource.Host ? HostNameKind.None : HostNameKind.Malformed;
        if (source == HostNameSource.Sni && raw.Contains((byte)':'))
            return TryIPv6(raw, out _) ? HostNameKind.None : HostNameKind.Malformed;
        if (source == HostNameSource.Host)
        {
            if (raw[0] == '[') return NormalizeIPv6(raw, buffer, out length);
            if (!TryStripPort(ref raw)) return HostNameKind.Malformed;
        }

        // Before the check for an address: 192.0.2.1. is one, and must not pass for a name.
        if (raw is [.. var withoutDot, (byte)'.']) raw = withoutDot;
        if (IsIPv4(raw))
        {
            if (source == HostNameSource.Sni) return HostNameKind.None;
            length = Encoding.ASCII.GetChars(raw, buffer);
            return HostNameKind.Address;
        }

        if (!IsName(raw)) return HostNameKind.Malformed;
        Ascii.ToLower(raw, buffer, out length);
        return HostNameKind.Name;
    }

    /// <summary>
    /// The normal form of a DNS name or an address in the configuration, IPv6 with or without brackets; the same that
    /// <see cref="Normalize"/> gives for what a client sends. False if it is neither.
    /// </summary>
    public static bool TryNormalize(string text, out string name)
    {
        name = "";
        if (text.Length > MaxLength + 1 || !Ascii.IsValid(text)) return false;
        var bytes = Encoding.ASCII.GetBytes(text);
        var bare = bytes is [(byte)'[', .. var inside, (byte)']'] ? inside : bytes;
        if (TryIPv6(bare, out var address))
        {
            name = CanonicalIPv6(address);
            return true;
        }

        Span<char> buffer = stackalloc char[MaxLength];
        if (text.Contains(':')) return false;
        var kind = Normalize(bytes, HostNameSource.Host, buffer, out var length);
        if (kind is not (HostNameKind.Name or HostNameKind.Address)) return false;
        name = new string(buffer[..length]);
        return true;
    }

    private static bool TryStripPort(ref ReadOnlySpan<byte> authority)
    {
        var colon = authority.IndexOf((byte)':');
        if (colon < 0) return true;
        if (!IsPort(authority[(colon + 1)..])) return false;
        authority = authority[..colon];
        return true;
    }

    /// <summary>Digits up to 65535, or nothing (RFC 3986 §3.2.3).</summary>
    private static bool IsPort(ReadOnlySpan<byte> digits)
    {
        if (digits.Length > MaxPortDigits) return false;
        var port = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit)) return false;
            port = port * 10 + digit - '0';
        }
        return port <= ushort.MaxValue;
    }

    /// <summary>Four octets in decimal, without leading zeros (RFC 3986 §3.2.2).</summary>
    private static bool IsIPv4(ReadOnlySpan<byte> text)
    {
        var octets = 0;
        while (true)
        {
            var dot = text.IndexOf((byte)'.');
            var octet = dot < 0 ? text : text[..dot];
            if (!IsOctet(octet) || ++octets > 4) return false;
            if (dot < 0) return octets == 4;
            text = text[(dot + 1)..];
        }
    }

    private static bool IsOctet(ReadOnlySpan<byte> text)
    {
        if (text.Length is 0 or > 3 || (text.Length > 1 && text[0] == '0')) return false;
        var value = 0;
        foreach (var digit in text)
        {
            if (!char.IsAsciiDigit((char)digit)) return false;
            value = value * 10 + digit - '0';
        }
        return value <= byte.MaxValue;
    }

    private static HostNameKind NormalizeIPv6(ReadOnlySpan<byte> authority, Span<char> buffer, out int length)
    {
        length = 0;
        var end = authority.IndexOf((byte)']');
        if (end < 0) return HostNameKind.Malformed;
        var literal = authority[1..end];
        var rest = authority[(end + 1)..];
        if (!rest.IsEmpty && (rest[0] != ':' || !IsPort(rest[1..]))) return HostNameKind.Malformed;
        if (!TryIPv6(literal, out var address)) return HostNameKind.Malformed;

        var text = CanonicalIPv6(address);
        text.CopyTo(buffer);
        length = text.Length;
        return HostNameKind.Address;
    }

    /// <summary>An IPv6 address and nothing else: <see cref="IPAddress"/> alone would take brackets, a port, a prefix and a zone with it.</summary>
    private static bool TryIPv6(ReadOnlySpan<byte> text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        return !text.ContainsAny("[]%/"u8) && IPAddress.TryParse(text, out address) && address.AddressFamily == AddressFamily.InterNetworkV6;
    }

    /// <summary>RFC 5952.</summary>
    private static string CanonicalIPv6(IPAddress address) => address.ToString();

    /// <summary>1 to 253 bytes, in labels of 1 to 63 letters, digits, hyphens and underscores.</summary>
    private static bool IsName(ReadOnlySpan<byte> text)
    {
        if (text.Length is 0 or > MaxLength) return false;
        while (true)
        {
            var dot = text.IndexOf((byte)'.');
            var label = dot < 0 ? text : text[..dot];
            if (label.Length is 0 or > MaxLabelLength || label.ContainsAnyExcept(LabelBytes)) return false;
            if (dot < 0) return true;
            text = text[(dot + 1)..];
        }
    }
}
