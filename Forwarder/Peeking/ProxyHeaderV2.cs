using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace SniForward.Peeking;

/// <summary>Version 2 of the PROXY header (proxy-protocol.txt, §2.2): binary, with fields of any kind behind the addresses.</summary>
internal static class ProxyHeaderV2
{
    private const int FixedLength = 16;
    private const byte Version = 0x2;
    private const byte Local = 0x0, Proxy = 0x1;
    private const byte StreamTransport = 0x1, LastTransport = 0x2;
    private const int TlvHeaderLength = 3;
    private const byte Crc32cType = 0x03;

    public static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Answers NeedMore, Found, Malformed or TooLarge.</summary>
    /// <param name="received">Everything received so far.</param>
    /// <param name="start">The first bytes of it in one piece: they begin with the signature.</param>
    /// <param name="maxBytes">The most bytes that the header may take.</param>
    /// <param name="result">Where the findings go.</param>
    public static PeekAnswer Read(in ReadOnlySequence<byte> received, ReadOnlySpan<byte> start, int maxBytes, ref ProxyHeaderResult result)
    {
        var rest = start[Signature.Length..];
        if (rest.Length > 0 && rest[0] >> 4 != Version) return Malformed("a binary PROXY header is not of version 2", ref result);
        if (rest.Length > 0 && (rest[0] & 0xf) > Proxy) return Malformed("a binary PROXY header has an unknown command", ref result);
        if (start.Length < FixedLength) return PeekAnswer.NeedMore;

        var length = FixedLength + BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
        if (length > maxBytes) return PeekAnswer.TooLarge;
        if (received.Length < length) return PeekAnswer.NeedMore;

        result.Length = length;
        if ((rest[0] & 0xf) == Local) return PeekAnswer.Found;

        var header = received.Slice(0, length);
        if (header.IsSingleSegment) return ReadWhole(header.FirstSpan, ref result);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            header.CopyTo(rented);
            return ReadWhole(rented.AsSpan(0, length), ref result);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static PeekAnswer ReadWhole(ReadOnlySpan<byte> header, ref ProxyHeaderResult result)
    {
        var kind = header[Signature.Length + 1];
        var (family, transport) = ((ProxyAddressFamily)(kind >> 4), (byte)(kind & 0xf));
        if (family > ProxyAddressFamily.Unix || transport > LastTransport) return Malformed("a binary PROXY header is for an unknown kind of address", ref result);

        var block = header[FixedLength..];
        var addressesLength = family switch
        {
            ProxyAddressFamily.Inet => 2 * (AddressText.IPv4Length + sizeof(ushort)),
            ProxyAddressFamily.Inet6 => 2 * (AddressText.IPv6Length + sizeof(ushort)),
            ProxyAddressFamily.Unix => ProxyHeaderResult.MaxAddressesLength,
            // Without addresses, nothing says where they would end.
            _ => block.Length,
        };
        if (block.Length < addressesLength) return Malformed("a binary PROXY header is too short for its addresses", ref result);
        if (ReadTlvs(header, header.Length - (block.Length - addressesLength)) is { } reason) return Malformed(reason, ref result);

        // Of datagrams, or of nothing: the socket's own addresses stand.
        if (transport == StreamTransport && family is not ProxyAddressFamily.Unspecified) result.SetAddresses(family, block[..addressesLength]);
        return PeekAnswer.Found;
    }

    /// <summary>Walks the fields from <paramref name="at"/> on, of which only the checksum is looked into. Why they are malformed, or null.</summary>
    private static string? ReadTlvs(ReadOnlySpan<byte> header, int at)
    {
        var hasChecksum = false;
        while (at < header.Length)
        {
            if (header.Length - at < TlvHeaderLength) return "a field of a binary PROXY header ends inside its own length";
            var type = header[at];
            var length = BinaryPrimitives.ReadUInt16BigEndian(header[(at + 1)..]);
            at += TlvHeaderLength;
            if (length > header.Length - at) return "a field of a binary PROXY header runs past its end";

            if (type == Crc32cType)
            {
                if (hasChecksum) return "a binary PROXY header has two checksums";
                hasChecksum = true;
                if (length != sizeof(uint) || BinaryPrimitives.ReadUInt32BigEndian(header[at..]) != Checksum(header, at))
                    return "the checksum of a binary PROXY header is wrong";
            }
            at += length;
        }
        return null;
    }

    /// <summary>§2.2.3: CRC32C (RFC 4960 appendix B) over the header with zeros in place of the checksum, which is at <paramref name="at"/>.</summary>
    private static uint Checksum(ReadOnlySpan<byte> header, int at)
    {
        var crc = uint.MaxValue;
        foreach (var value in header[..at]) crc = BitOperations.Crc32C(crc, value);
        crc = BitOperations.Crc32C(crc, 0u);
        foreach (var value in header[(at + sizeof(uint))..]) crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }

    private static PeekAnswer Malformed(string reason, ref ProxyHeaderResult result)
    {
        result.Reason = reason;
        return PeekAnswer.Malformed;
    }
}
