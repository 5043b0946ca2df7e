using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace SniForward.Routing;

/// <summary>
/// A longest-prefix table of networks, IPv4 and IPv6. IPv4 in the form of IPv6 (RFC 4291 §2.5.5.2) is looked up as IPv4,
/// so a network of that form holds no address. Immutable; look-ups do not allocate.
/// </summary>
internal sealed class NetworkTable
{
    private const int IPv4Length = 4;
    private const int IPv6Length = 16;
    private const int SubnetPrefix = 64;

    private readonly NetworkRanges<uint> _ipv4;

    // The half of an address that is routed, in which nearly all networks are; and those that are parts of a /64.
    private readonly NetworkRanges<ulong> _ipv6;
    private readonly NetworkRanges<UInt128>? _withinSubnets;

    /// <param name="networks">Each with its value, from 0; of the same network given twice the last one counts.</param>
    public NetworkTable(IEnumerable<(IPNetwork Network, int Value)> networks)
    {
        var families = networks.ToLookup(entry => entry.Network.BaseAddress.AddressFamily);
        IsEmpty = families.Count == 0;
        _ipv4 = new(families[AddressFamily.InterNetwork].Select(entry => (First<uint>(entry.Network), entry.Network.PrefixLength, entry.Value)));
        var ipv6 = families[AddressFamily.InterNetworkV6].ToLookup(entry => entry.Network.PrefixLength <= SubnetPrefix);
        _ipv6 = new(ipv6[true].Select(entry => ((ulong)(First<UInt128>(entry.Network) >> SubnetPrefix), entry.Network.PrefixLength, entry.Value)));
        if (ipv6[false].Any()) _withinSubnets = new(ipv6[false].Select(entry => (First<UInt128>(entry.Network), entry.Network.PrefixLength, entry.Value)));
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
        if (address.IsIPv4MappedToIPv6) return _ipv4.Find(BinaryPrimitives.ReadUInt32BigEndian(bytes[^IPv4Length..]));
        // Each of them is longer than any of the others.
        if (_withinSubnets?.Find(BinaryPrimitives.ReadUInt128BigEndian(bytes)) is >= 0 and var value) return value;
        return _ipv6.Find(BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }

    private static T First<T>(IPNetwork network)
        where T : struct, IBinaryInteger<T> => T.ReadBigEndian(network.BaseAddress.GetAddressBytes(), isUnsigned: true);
}
