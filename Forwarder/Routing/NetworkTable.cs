using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace SniForward.Routing;

/// <summary>
/// A longest-prefix table of networks, IPv4 and IPv6. IPv4 in the form of IPv6 (RFC 4291 §2.5.5.2) is looked up as IPv4,
/// so a network of that form holds no address. Immutable; look-ups do not allocate.
/// </summary>
internal sealed class NetworkTable
{
    private const int IPv4Length = 4;
    private const int IPv6Length = 16;

    private readonly NetworkRanges<uint> _ipv4;
    private readonly NetworkRanges<UInt128> _ipv6;

    /// <param name="networks">Each with its value, from 0; of the same network given twice the last one counts.</param>
    public NetworkTable(IEnumerable<(IPNetwork Network, int Value)> networks)
    {
        var families = networks.ToLookup(entry => entry.Network.BaseAddress.AddressFamily);
        IsEmpty = families.Count == 0;
        _ipv4 = new(families[AddressFamily.InterNetwork]);
        _ipv6 = new(families[AddressFamily.InterNetworkV6]);
    }

    /// <param name="networks">All of the value 0.</param>
    public NetworkTable(IEnumerable<IPNetwork> networks)
        : this(networks.Select(network => (network, 0)))
    {
    }

    /// <summary>Whether there is no network in it.</summary>
    public bool IsEmpty { get; }

    /// <summary>Whether any network holds <paramref name="address"/>.</summary>
    public bool Contains(IPAddress address) => Find(address) >= 0;

    /// <summary>The value of the longest prefix that holds <paramref name="address"/>; -1: none does.</summary>
    public int Find(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[IPv6Length];
        address.TryWriteBytes(bytes, out var length);
        if (length == IPv4Length) return _ipv4.Find(BinaryPrimitives.ReadUInt32BigEndian(bytes));
        return address.IsIPv4MappedToIPv6
            ? _ipv4.Find(BinaryPrimitives.ReadUInt32BigEndian(bytes[^IPv4Length..]))
            : _ipv6.Find(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }
}
