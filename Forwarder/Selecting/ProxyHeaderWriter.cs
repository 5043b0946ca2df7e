using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace SniForward.Selecting;

/// <summary>
/// Writes the PROXY header (HAProxy's proxy-protocol.txt) that tells a server who its client is. An IPv4 address in
/// IPv6's clothes (RFC 4291 §2.5.5.2) is written as IPv4. Allocates nothing for IP addresses.
/// </summary>
internal static class ProxyHeaderWriter
{
    /// <summary>The longest header, in bytes: version 2, with two unix paths, the longest ALPN name, host and word of TLS, and a checksum.</summary>
    public const int MaxLength = FixedLength + 2 * UnixPathLength + (TlvHeaderLength + MaxValueLength) * 3 + ChecksumLength;

    /// <summary>The longest name and the longest ALPN protocol that are written, in bytes; a longer one is left out.</summary>
    public const int MaxValueLength = 260;

    private const int FixedLength = 16, UnixPathLength = 108, TlvHeaderLength = 3, ChecksumLength = TlvHeaderLength + sizeof(uint);
    private const byte ProxyCommand = 0x21;
    private const byte Unspecified = 0x00, InetStream = 0x11, Inet6Stream = 0x21, UnixStream = 0x31;
    private const byte AlpnType = 0x01, AuthorityType = 0x02, Crc32cType = 0x03, SslType = 0x20;

    private static ReadOnlySpan<byte> UnknownLine => "PROXY UNKNOWN\r\n"u8;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    // §2.2: the signature, version 2 with the command LOCAL, and no address.
    private static ReadOnlySpan<byte> LocalHeader => "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"u8;

    /// <summary>The header of a connection that this process makes for itself, not for a client; empty if there is none.</summary>
    public static ReadOnlySpan<byte> Local(ProxyVersion version) => version switch
    {
        ProxyVersion.V1 => UnknownLine,
        ProxyVersion.V2 => LocalHeader,
        _ => [],
    };

    /// <summary>Writes version 1 (§2.1), and answers how many bytes that took. What has no IP address is UNKNOWN.</summary>
    public static int WriteV1(Span<byte> header, EndPoint? source, EndPoint? destination)
    {
        if (source is not IPEndPoint from || destination is not IPEndPoint to)
        {
            UnknownLine.CopyTo(header);
            return UnknownLine.Length;
        }

        var isInet = IsInet(from.Address) && IsInet(to.Address);
        var length = Append(header, 0, isInet ? "PROXY TCP4 "u8 : "PROXY TCP6 "u8);
        length = Append(header, Append(header, length, from.Address, isInet), " "u8);
        length = Append(header, Append(header, length, to.Address, isInet), " "u8);
        length = Append(header, Append(header, length, from.Port), " "u8);
        return Append(header, Append(header, length, to.Port), "\r\n"u8);
    }

    /// <summary>Writes version 2 (§2.2), and answers how many bytes that took.</summary>
    /// <param name="header">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="source">The client; null if it is not known.</param>
    /// <param name="destination">The address that it connected to; null likewise.</param>
    /// <param name="name">The host name that it asked for (PP2_TYPE_AUTHORITY); empty if none.</param>
    /// <param name="alpn">Its protocol by ALPN (PP2_TYPE_ALPN); empty if none.</param>
    /// <param name="ssl">What there is to say of its TLS, if that ends here (<see cref="ProxySsl"/>).</param>
    public static int WriteV2(
        Span<byte> header, EndPoint? source, EndPoint? destination, ReadOnlySpan<byte> name, ReadOnlySpan<byte> alpn, ReadOnlySpan<byte> ssl = default)
    {
        Signature.CopyTo(header);
        header[Signature.Length] = ProxyCommand;
        header[Signature.Length + 1] = WriteAddresses(header[FixedLength..], source, destination, out var length);
        length += FixedLength;
        length += WriteTlv(header[length..], AlpnType, alpn);
        length += WriteTlv(header[length..], AuthorityType, name);
        length += WriteTlv(header[length..], SslType, ssl);
        length += WriteTlv(header[length..], Crc32cType, stackalloc byte[sizeof(uint)]);
        BinaryPrimitives.WriteUInt16BigEndian(header[(Signature.Length + 2)..], (ushort)(length - FixedLength));
        BinaryPrimitives.WriteUInt32BigEndian(header[(length - sizeof(uint))..], Checksum(header[..length]));
        return length;
    }

    /// <summary>The kind of the addresses written, and how many bytes they take.</summary>
    private static byte WriteAddresses(Span<byte> block, EndPoint? source, EndPoint? destination, out int length)
    {
        length = 0;
        switch (source, destination)
        {
            case (IPEndPoint from, IPEndPoint to):
                var isInet = IsInet(from.Address) && IsInet(to.Address);
                length += Write(from.Address, isInet, block);
                length += Write(to.Address, isInet, block[length..]);
                BinaryPrimitives.WriteUInt16BigEndian(block[length..], (ushort)from.Port);
                BinaryPrimitives.WriteUInt16BigEndian(block[(length + sizeof(ushort))..], (ushort)to.Port);
                length += 2 * sizeof(ushort);
                return isInet ? InetStream : Inet6Stream;
            case (UnixDomainSocketEndPoint, _) or (_, UnixDomainSocketEndPoint):
                length = 2 * UnixPathLength;
                block[..length].Clear();
                WritePath(block[..UnixPathLength], source);
                WritePath(block.Slice(UnixPathLength, UnixPathLength), destination);
                return UnixStream;
            default:
                return Unspecified;
        }
    }

    private static int WriteTlv(Span<byte> field, byte type, ReadOnlySpan<byte> value)
    {
        if (value.Length is 0 or > MaxValueLength) return 0;
        field[0] = type;
        BinaryPrimitives.WriteUInt16BigEndian(field[1..], (ushort)value.Length);
        value.CopyTo(field[TlvHeaderLength..]);
        return TlvHeaderLength + value.Length;
    }

    private static bool IsInet(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork || address.IsIPv4MappedToIPv6;

    /// <summary>The bytes of an address as <paramref name="isInet"/> wants it: the last four of what is mapped, or all sixteen, mapped.</summary>
    private static int Write(IPAddress address, bool isInet, Span<byte> bytes)
    {
        Span<byte> mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0];
        address.TryWriteBytes(address.AddressFamily == AddressFamily.InterNetwork ? mapped[12..] : mapped, out _);
        var wanted = isInet ? mapped[12..] : mapped;
        wanted.CopyTo(bytes);
        return wanted.Length;
    }

    /// <summary>Appends at <paramref name="length"/>, and answers the new length; so do the others.</summary>
    private static int Append(Span<byte> header, int length, ReadOnlySpan<byte> text)
    {
        text.CopyTo(header[length..]);
        return length + text.Length;
    }

    private static int Append(Span<byte> header, int length, int number)
    {
        Utf8Formatter.TryFormat(number, header[length..], out var written);
        return length + written;
    }

    private static int Append(Span<byte> header, int length, IPAddress address, bool isInet)
    {
        Span<byte> bytes = stackalloc byte[16];
        var size = Write(address, isInet, bytes);
        // An address of the wanted family needs no new object; its zone is nobody else's business.
        var plain = (address.AddressFamily == AddressFamily.InterNetwork) == isInet && (isInet || address.ScopeId == 0)
            ? address
            : new IPAddress(bytes[..size]);
        plain.TryFormat(header[length..], out var written);
        return length + written;
    }

    private static void WritePath(Span<byte> field, EndPoint? endPoint)
    {
        if (endPoint is not UnixDomainSocketEndPoint) return;
        // Two bytes of family, then the path, without padding.
        var address = endPoint.Serialize();
        var path = address.Buffer.Span[2..address.Size];
        path[..Math.Min(path.Length, field.Length)].CopyTo(field);
    }

    /// <summary>§2.2.3: CRC32C (RFC 4960 appendix B) over all of the header, its own field still zero.</summary>
    private static uint Checksum(ReadOnlySpan<byte> header)
    {
        var crc = uint.MaxValue;
        foreach (var value in header) crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }
}
