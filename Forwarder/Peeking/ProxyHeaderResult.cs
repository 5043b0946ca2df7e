using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace SniForward.Peeking;

/// <summary>What a PROXY header says. It holds the addresses by value; objects are made of them when somebody asks.</summary>
internal struct ProxyHeaderResult
{
    /// <summary>The most bytes that two addresses take, those of unix sockets.</summary>
    public const int MaxAddressesLength = 2 * UnixPathLength;

    private const int UnixPathLength = 108;
    private const int UnixFamilyLength = sizeof(ushort);

    private AddressBytes _addresses;

    /// <summary>The header's length, in bytes: the client's own begin behind it.</summary>
    public int Length;

    /// <summary>Why the bytes are malformed, for the log: a constant text; null otherwise.</summary>
    public string? Reason;

    /// <summary>What kind of addresses there are.</summary>
    public ProxyAddressFamily Family { get; private set; }

    /// <summary>The client's address; null if there is none, or if it is a unix socket without a name.</summary>
    public readonly EndPoint? Source => At(0);

    /// <summary>The address that the client connected to; null likewise.</summary>
    public readonly EndPoint? Destination => At(1);

    /// <summary>Keeps two addresses in the form of version 2 (§2.2): source, destination and, of IP, the two ports.</summary>
    public void SetAddresses(ProxyAddressFamily family, ReadOnlySpan<byte> addresses)
    {
        Family = family;
        addresses.CopyTo(_addresses);
    }

    private readonly EndPoint? At(int side) => Family switch
    {
        ProxyAddressFamily.Inet => IPAt(side, AddressText.IPv4Length),
        ProxyAddressFamily.Inet6 => IPAt(side, AddressText.IPv6Length),
        ProxyAddressFamily.Unix => UnixAt(side),
        _ => null,
    };

    private readonly IPEndPoint IPAt(int side, int length)
    {
        ReadOnlySpan<byte> bytes = _addresses;
        var address = new IPAddress(bytes.Slice(side * length, length));
        var port = BinaryPrimitives.ReadUInt16BigEndian(bytes[(2 * length + side * sizeof(ushort))..]);
        return new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port);
    }

    private readonly UnixDomainSocketEndPoint? UnixAt(int side)
    {
        var path = ((ReadOnlySpan<byte>)_addresses).Slice(side * UnixPathLength, UnixPathLength).TrimEnd((byte)0);
        // A name that begins with a NUL is abstract (unix(7)), and may hold others; one that does not ends at the first.
        if (path is [not 0, ..] && path.IndexOf((byte)0) is >= 0 and var end) path = path[..end];
        if (path.IsEmpty) return null;

        // By its bytes, which need not be text, and may fill the field.
        var address = new SocketAddress(AddressFamily.Unix, UnixFamilyLength + path.Length);
        path.CopyTo(address.Buffer.Span[UnixFamilyLength..]);
        return (UnixDomainSocketEndPoint)new UnixDomainSocketEndPoint("\0").Create(address);
    }

    [InlineArray(MaxAddressesLength)]
    private struct AddressBytes
    {
        private byte _first;
    }
}
