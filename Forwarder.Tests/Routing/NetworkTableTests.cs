using System.Net;
using System.Net.Sockets;
using CsCheck;
using SniForward.Routing;

namespace SniForward.Tests.Routing;

/// <summary>Which network an address is found in. In the tables written out each network's value is its index.</summary>
public sealed class NetworkTableTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("::ffff:0.0.0.0")]
    public void An_empty_table_holds_nothing(string address)
    {
        var table = Table();

        Assert.True(table.IsEmpty);
        Assert.Equal(-1, Find(table, address));
    }

    [Theory]
    [InlineData("0.0.0.0/0", "0.0.0.0", 0)]
    [InlineData("0.0.0.0/0", "255.255.255.255", 0)]
    [InlineData("0.0.0.0/0", "::", -1)]
    [InlineData("0.0.0.0/0", "::1", -1)]
    [InlineData("::/0", "::", 0)]
    [InlineData("::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0)]
    [InlineData("::/0", "0.0.0.0", -1)]
    [InlineData("10.0.0.0/8", "9.255.255.255", -1)]
    [InlineData("10.0.0.0/8", "10.0.0.0", 0)]
    [InlineData("10.0.0.0/8", "10.255.255.255", 0)]
    [InlineData("10.0.0.0/8", "11.0.0.0", -1)]
    [InlineData("2001:db8::/32", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", -1)]
    [InlineData("2001:db8::/32", "2001:db8::", 0)]
    [InlineData("2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 0)]
    [InlineData("2001:db8::/32", "2001:db9::", -1)]
    [InlineData("192.0.2.1/32", "192.0.2.0", -1)]
    [InlineData("192.0.2.1/32", "192.0.2.1", 0)]
    [InlineData("192.0.2.1/32", "192.0.2.2", -1)]
    [InlineData("255.255.255.255/32", "255.255.255.255", 0)]
    [InlineData("255.255.255.255/32", "0.0.0.0", -1)]
    [InlineData("0.0.0.0/32", "0.0.0.0", 0)]
    [InlineData("0.0.0.0/32", "255.255.255.255", -1)]
    [InlineData("::1/128", "::", -1)]
    [InlineData("::1/128", "::1", 0)]
    [InlineData("::1/128", "::2", -1)]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0)]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "::", -1)]
    [InlineData("fe80::/10", "fe80::1%3", 0)]
    public void A_network_holds_its_first_address_to_its_last(string network, string address, int expected)
    {
        var table = Table(network);

        Assert.False(table.IsEmpty);
        Assert.Equal(expected, Find(table, address));
        Assert.Equal(expected == 0, table.Contains(IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("1.2.3.4", 0)]
    [InlineData("9.255.255.255", 0)]
    [InlineData("10.0.0.0", 2)]
    [InlineData("10.0.0.255", 2)]
    [InlineData("10.0.1.0", 1)]
    [InlineData("10.255.255.254", 1)]
    [InlineData("10.255.255.255", 3)]
    [InlineData("11.0.0.0", 0)]
    [InlineData("2001:db8::1", 5)]
    [InlineData("2001:db8::2", 4)]
    [InlineData("2001:db9::", -1)]
    public void Of_nested_networks_the_longest_prefix_counts(string address, int expected)
    {
        string[] networks = ["0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/24", "10.255.255.255/32", "2001:db8::/32", "2001:db8::1/128"];

        Assert.Equal(expected, Find(Table(networks), address));
        Assert.Equal(expected, Find(new NetworkTable(Numbered(networks).Reverse()), address));
    }

    [Theory]
    [InlineData("10.0.0.255", 0)]
    [InlineData("10.0.1.0", 1)]
    [InlineData("10.0.1.255", 1)]
    [InlineData("10.0.2.0", -1)]
    [InlineData("10.0.3.0", 2)]
    public void Adjacent_networks_keep_to_themselves(string address, int expected) =>
        Assert.Equal(expected, Find(Table("10.0.0.0/24", "10.0.1.0/24", "10.0.3.0/24"), address));

    [Fact]
    public void A_network_goes_on_behind_one_inside_it_of_the_same_value()
    {
        var table = new NetworkTable([(IPNetwork.Parse("10.0.0.0/8"), 5), (IPNetwork.Parse("10.1.0.0/16"), 5), (IPNetwork.Parse("10.1.0.0/24"), 6)]);

        Assert.Equal([5, 6, 5, 5], new[] { "10.0.0.0", "10.1.0.0", "10.1.1.0", "10.2.0.0" }.Select(address => Find(table, address)));
    }

    [Fact]
    public void Of_the_same_network_given_twice_the_last_one_counts()
    {
        var table = Table("10.0.0.0/8", "::/0", "10.0.0.0/16", "10.0.0.0/8", "::/0");

        Assert.Equal([2, 3, 4], new[] { "10.0.0.1", "10.1.0.0", "::1" }.Select(address => Find(table, address)));
    }

    [Theory]
    [InlineData("::ffff:10.1.1.1", 0)]
    [InlineData("::ffff:11.1.1.1", -1)]
    [InlineData("::10.1.1.1", 1)]
    [InlineData("::fffe:ffff:ffff", 1)]
    [InlineData("::1:0:0:0", 1)]
    public void IPv4_in_the_form_of_IPv6_is_looked_up_as_IPv4(string address, int expected) =>
        Assert.Equal(expected, Find(Table("10.0.0.0/8", "::/0", "::ffff:11.0.0.0/104"), address));

    [Fact]
    public void The_table_agrees_with_a_search_through_all_networks() =>
        Gen.Select(GenNetwork.Array[0, 40], GenAddress.Array[1, 20]).Sample((networks, others) =>
        {
            var table = new NetworkTable(networks);
            var edges = networks.SelectMany(entry => Edges(entry.Network));

            Assert.Equal(networks.Length == 0, table.IsEmpty);
            foreach (var address in edges.Concat(others)) Assert.Equal(SlowSearch(networks, address), table.Find(address));
        }, iter: 20_000);

    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public void A_hundred_thousand_networks_are_all_found(AddressFamily family)
    {
        // The /24s of 10/8 and more, or the /40s of 2001:d00::/24 and more: the first address of each, its last, and the one behind all.
        var networks = Enumerable.Range(0, 100_000).Select(i => family == AddressFamily.InterNetwork
            ? (new IPNetwork(new IPAddress([(byte)(10 + (i >> 16)), (byte)(i >> 8), (byte)i, 0]), 24), i)
            : (new IPNetwork(new IPAddress([0x20, 1, (byte)(13 + (i >> 16)), (byte)(i >> 8), (byte)i, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 40), i)).ToArray();

        var table = new NetworkTable(networks);

        foreach (var (network, value) in networks)
        {
            Assert.Equal(value, table.Find(network.BaseAddress));
            Assert.Equal(value, table.Find(Edges(network)[2]));
        }
        Assert.Equal(-1, table.Find(Edges(networks[^1].Item1)[3]));
    }

    [Fact]
    public void Look_ups_allocate_nothing()
    {
        var table = Table("10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "2001:db8:1::/48");
        IPAddress[] addresses = [.. new[] { "10.0.0.1", "10.1.0.1", "::ffff:10.1.0.1", "2001:db8:1::", "::1" }.Select(IPAddress.Parse)];
        var found = new int[addresses.Length];

        Allocations.AssertNone(() =>
        {
            for (var n = 0; n < addresses.Length; n++) found[n] = table.Find(addresses[n]);
        });

        Assert.Equal([0, 1, 1, 3, -1], found);
    }

    // Few different bytes, so that networks nest, touch and come twice; and a few at both ends of all addresses.
    private static Gen<byte> GenByte => Gen.OneOf(Gen.OneOf<byte>(0, 1, 127, 128, 254, 255), Gen.Byte);

    private static Gen<byte[]> GenBytes => Gen.OneOf(
        GenByte.Array[4],
        GenByte.Array[16],
        GenByte.Array[2].Select(bytes => (byte[])[10, 0, .. bytes]),
        GenByte.Array[2].Select(bytes => (byte[])[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. bytes]),
        GenByte.Array[4].Select(bytes => (byte[])[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, .. bytes]));

    private static Gen<IPAddress> GenAddress => GenBytes.Select(bytes => new IPAddress(bytes));

    private static Gen<(IPNetwork Network, int Value)> GenNetwork => Gen.Select(
        GenAddress,
        Gen.OneOf(Gen.Int[0, 128], Gen.Int[0, 8]),
        Gen.Bool,
        Gen.Int[0, 5],
        (address, length, isLong, value) =>
        {
            var bits = address.GetAddressBytes().Length * 8;
            var prefix = isLong ? bits - length % 9 : length % (bits + 1);
            return (new IPNetwork(Masked(address, prefix), prefix), value);
        });

    /// <summary>The address before a network, its first, its last, and the one behind it, if there are such.</summary>
    private static IPAddress[] Edges(IPNetwork network)
    {
        var first = network.BaseAddress.GetAddressBytes();
        var last = first.Select((part, i) => (byte)(part | (0xff >> Math.Clamp(network.PrefixLength - i * 8, 0, 8)))).ToArray();
        return [Moved(first, -1), new IPAddress(first), new IPAddress(last), Moved(last, 1)];
    }

    private static IPAddress Moved(byte[] address, int by)
    {
        byte[] moved = [.. address];
        for (var i = moved.Length - 1; i >= 0; i--)
        {
            moved[i] = (byte)(moved[i] + by);
            if (moved[i] != (by < 0 ? 0xff : 0)) break;
        }
        return new IPAddress(moved);
    }

    private static IPAddress Masked(IPAddress address, int prefix) =>
        new([.. address.GetAddressBytes().Select((part, i) => (byte)(part & (0xff00 >> Math.Clamp(prefix - i * 8, 0, 8))))]);

    private static int SlowSearch((IPNetwork Network, int Value)[] networks, IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        var (longest, found) = (-1, -1);
        foreach (var (network, value) in networks)
        {
            if (network.Contains(address) && network.PrefixLength >= longest) (longest, found) = (network.PrefixLength, value);
        }
        return found;
    }

    private static IEnumerable<(IPNetwork Network, int Value)> Numbered(string[] networks) =>
        networks.Select((network, index) => (IPNetwork.Parse(network), index));

    private static NetworkTable Table(params string[] networks) => new(Numbered(networks));

    private static int Find(NetworkTable table, string address) => table.Find(IPAddress.Parse(address));
}
