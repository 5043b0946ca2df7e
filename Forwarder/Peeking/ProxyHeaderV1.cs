using System.Buffers.Binary;

namespace SniForward.Peeking;

/// <summary>Version 1 of the PROXY header (proxy-protocol.txt, §2.1): one line of text.</summary>
internal static class ProxyHeaderV1
{
    /// <summary>The longest line, its break included, in bytes.</summary>
    public const int MaxLength = 107;

    private const int MaxPortDigits = 5;

    public static ReadOnlySpan<byte> Signature => "PROXY "u8;

    /// <summary>Answers NeedMore, Found or Malformed.</summary>
    /// <param name="start">The first bytes received, at most <see cref="MaxLength"/>; they begin with the signature.</param>
    /// <param name="result">Where the findings go.</param>
    public static PeekAnswer Read(ReadOnlySpan<byte> start, ref ProxyHeaderResult result)
    {
        var end = start.IndexOfAny((byte)'\r', (byte)'\n');
        var line = end < 0 ? start : start[..end];
        var lineBreak = start[line.Length..];
        if (lineBreak.Length < 2 && start.Length == MaxLength) return Malformed("a PROXY line is longer than 107 bytes", ref result);
        if ("\r\n"u8.StartsWith(lineBreak) && lineBreak.Length < 2) return PeekAnswer.NeedMore;
        if (!lineBreak.StartsWith("\r\n"u8)) return Malformed("a PROXY line does not end in a carriage return and a line feed", ref result);

        result.Length = line.Length + 2;
        var words = line[Signature.Length..];
        if (words.SequenceEqual("UNKNOWN"u8) || words.StartsWith("UNKNOWN "u8)) return PeekAnswer.Found;
        if (words.StartsWith("TCP4 "u8)) return ReadAddresses(words["TCP4 ".Length..], ProxyAddressFamily.Inet, ref result);
        if (words.StartsWith("TCP6 "u8)) return ReadAddresses(words["TCP6 ".Length..], ProxyAddressFamily.Inet6, ref result);
        return Malformed("a PROXY line is for neither TCP4, TCP6 nor UNKNOWN", ref result);
    }

    private static PeekAnswer ReadAddresses(ReadOnlySpan<byte> words, ProxyAddressFamily family, ref ProxyHeaderResult result)
    {
        Span<Range> parts = stackalloc Range[5];
        var count = 0;
        foreach (var part in words.Split((byte)' '))
        {
            if (count < parts.Length) parts[count++] = part;
        }
        if (count != 4) return Malformed("a PROXY line has not two addresses and two ports", ref result);

        var isInet = family is ProxyAddressFamily.Inet;
        var size = isInet ? AddressText.IPv4Length : AddressText.IPv6Length;
        Span<byte> block = stackalloc byte[2 * (AddressText.IPv6Length + sizeof(ushort))];
        block = block[..(2 * (size + sizeof(ushort)))];
        for (var side = 0; side < 2; side++)
        {
            var address = block.Slice(side * size, size);
            var text = words[parts[side]];
            if (!(isInet ? AddressText.TryIPv4(text, address) : AddressText.TryIPv6(text, address)))
                return Malformed("an address in a PROXY line is not one of its family", ref result);
            if (!TryPort(words[parts[2 + side]], out var port))
                return Malformed("a port in a PROXY line is not a number up to 65535", ref result);
            BinaryPrimitives.WriteUInt16BigEndian(block[(2 * size + side * sizeof(ushort))..], port);
        }

        result.SetAddresses(family, block);
        return PeekAnswer.Found;
    }

    /// <summary>Digits up to 65535, without a leading zero.</summary>
    private static bool TryPort(ReadOnlySpan<byte> text, out ushort port)
    {
        port = 0;
        if (text.Length is 0 or > MaxPortDigits || (text.Length > 1 && text[0] == '0')) return false;
        var value = 0;
        foreach (var digit in text)
        {
            if (!char.IsAsciiDigit((char)digit)) return false;
            value = value * 10 + digit - '0';
        }
        port = (ushort)value;
        return value <= ushort.MaxValue;
    }

    private static PeekAnswer Malformed(string reason, ref ProxyHeaderResult result)
    {
        result.Reason = reason;
        return PeekAnswer.Malformed;
    }
}
