using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SniForward.Transport.Epoll;

/// <summary>A struct sockaddr_in, sockaddr_in6 (ip(7), ipv6(7)) or sockaddr_un (unix(7)), and how they are written and read.</summary>
[InlineArray(MaxLength)]
internal struct SocketAddressBytes
{
    /// <summary>The longest that is used, that of a unix socket, in bytes.</summary>
    public const int MaxLength = 110;

    public const int Unix = 1, Inet = 2, Inet6 = 10;

    /// <summary>The length of the longer of the two IP addresses, in bytes.</summary>
    public const int Inet6Length = 28;

    private const int InetLength = 16;

    private byte _first;

    /// <summary>Writes <paramref name="endPoint"/>, and returns how many bytes that took.</summary>
    public static int Write(EndPoint endPoint, Span<byte> bytes)
    {
        if (endPoint is not IPEndPoint ip)
        {
            var serialized = endPoint.Serialize();
            serialized.Buffer.Span[..serialized.Size].CopyTo(bytes);
            return serialized.Size;
        }

        bytes[..Inet6Length].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], (ushort)ip.Port);
        if (ip.AddressFamily == AddressFamily.InterNetwork)
        {
            MemoryMarshal.Write(bytes, (ushort)Inet);
            ip.Address.TryWriteBytes(bytes[4..], out _);
            return InetLength;
        }

        MemoryMarshal.Write(bytes, (ushort)Inet6);
        ip.Address.TryWriteBytes(bytes[8..], out _);
        MemoryMarshal.Write(bytes[24..], (uint)ip.Address.ScopeId);
        return Inet6Length;
    }

    /// <summary>What the kernel wrote; an IPv4 address in IPv6's clothes (RFC 4291 §2.5.5.2) is given as IPv4.</summary>
    public static EndPoint Read(ReadOnlySpan<byte> bytes)
    {
        switch (bytes.Length < 2 ? Unix : MemoryMarshal.Read<ushort>(bytes))
        {
            case Inet:
                return new IPEndPoint(new IPAddress(bytes.Slice(4, 4)), Port(bytes));
            case Inet6:
                var address = new IPAddress(bytes.Slice(8, 16), MemoryMarshal.Read<uint>(bytes[24..]));
                return new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, Port(bytes));
            default:
                return UnixEndPoint(bytes);
        }
    }

    /// <summary>Copies the IP address that the kernel wrote, as <see cref="Read"/> gives it: its length; 0: it is none, or has a scope.</summary>
    public static int CopyAddress(ReadOnlySpan<byte> bytes, Span<byte> address, out int port)
    {
        port = Port(bytes);
        ReadOnlySpan<byte> found = default;
        var family = MemoryMarshal.Read<ushort>(bytes);
        if (family == Inet) found = bytes.Slice(4, 4);
        else if (family == Inet6 && MemoryMarshal.Read<uint>(bytes[24..]) == 0) found = bytes.Slice(8, 16);
        if (found.StartsWith(MappedPrefix)) found = found[MappedPrefix.Length..];
        found.CopyTo(address);
        return found.Length;
    }

    /// <summary>What an IPv4 address begins with where it is written as one of IPv6 (RFC 4291 §2.5.5.2).</summary>
    private static ReadOnlySpan<byte> MappedPrefix => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF];

    private static int Port(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);

    private static UnixDomainSocketEndPoint UnixEndPoint(ReadOnlySpan<byte> bytes)
    {
        var socketAddress = new SocketAddress(AddressFamily.Unix, Math.Max(2, bytes.Length));
        bytes.CopyTo(socketAddress.Buffer.Span);
        return (UnixDomainSocketEndPoint)new UnixDomainSocketEndPoint("\0").Create(socketAddress);
    }
}
