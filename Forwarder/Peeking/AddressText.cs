using System.Buffers.Text;

namespace SniForward.Peeking;

/// <summary>IP addresses from their text, without an object for each.</summary>
internal static class AddressText
{
    /// <summary>The length of an IPv4 address, in bytes.</summary>
    public const int IPv4Length = 4;

    /// <summary>The length of an IPv6 address, in bytes.</summary>
    public const int IPv6Length = 16;

    private const int GroupLength = 2, MaxGroupDigits = 4, MaxOctetDigits = 3;

    /// <summary>Four octets in decimal, without leading zeros (RFC 3986 §3.2.2), into <see cref="IPv4Length"/> bytes.</summary>
    public static bool TryIPv4(ReadOnlySpan<byte> text, Span<byte> address)
    {
        for (var octet = 0; octet < IPv4Length; octet++)
        {
            var end = octet < IPv4Length - 1 ? text.IndexOf((byte)'.') : text.Length;
            if (end is < 1 or > MaxOctetDigits || (end > 1 && text[0] == '0')) return false;
            if (!Utf8Parser.TryParse(text[..end], out byte value, out var read) || read != end || !char.IsAsciiDigit((char)text[0])) return false;
            address[octet] = value;
            text = text[Math.Min(end + 1, text.Length)..];
        }
        return true;
    }

    /// <summary>Groups of up to four hexadecimal digits (RFC 4291 §2.2), without a zone, into <see cref="IPv6Length"/> bytes.</summary>
    public static bool TryIPv6(ReadOnlySpan<byte> text, Span<byte> address)
    {
        address.Clear();
        var gap = text.IndexOf("::"u8);
        if (gap < 0) return TryGroups(text, address, out var written) && written == IPv6Length;

        Span<byte> tail = stackalloc byte[IPv6Length];
        var head = text[..gap];
        var rest = text[(gap + 2)..];
        var tailLength = 0;
        if (!head.IsEmpty && (head.Contains((byte)'.') || !TryGroups(head, address, out _))) return false;
        var headLength = head.IsEmpty ? 0 : GroupLength * (head.Count((byte)':') + 1);
        if (!rest.IsEmpty && !TryGroups(rest, tail, out tailLength)) return false;
        // The gap stands for one group of zeros at least.
        if (headLength + tailLength > IPv6Length - GroupLength) return false;
        tail[..tailLength].CopyTo(address[^tailLength..]);
        return true;
    }

    /// <summary>Groups with colons between, the last two perhaps as an IPv4 address.</summary>
    private static bool TryGroups(ReadOnlySpan<byte> text, Span<byte> address, out int written)
    {
        for (written = 0; ; written += GroupLength)
        {
            var colon = text.IndexOf((byte)':');
            var group = colon < 0 ? text : text[..colon];
            if (colon < 0 && group.Contains((byte)'.'))
            {
                if (written > IPv6Length - IPv4Length || !TryIPv4(group, address.Slice(written, IPv4Length))) return false;
                written += IPv4Length;
                return true;
            }

            if (group.Length is 0 or > MaxGroupDigits || written > IPv6Length - GroupLength) return false;
            if (!Utf8Parser.TryParse(group, out ushort value, out var read, 'x') || read != group.Length) return false;
            address[written] = (byte)(value >> 8);
            address[written + 1] = (byte)value;
            if (colon < 0)
            {
                written += GroupLength;
                return true;
            }
            text = text[(colon + 1)..];
        }
    }
}
