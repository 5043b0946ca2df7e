using System.Net;
using SniForward.Routing;

namespace SniForward.Selecting.Names;

/// <summary>The networks that names chosen by clients may lead to.</summary>
internal static class DialableNetworks
{
    private const int Refused = 0;
    private const int Allowed = 1;

    /// <summary>
    /// What is not the public network, or leads out of sight of who reads an address: IANA's special-purpose registries
    /// (RFC 6890), multicast, and IPv6 that has an IPv4 address inside (RFC 6052, RFC 3056, RFC 4380, RFC 4291 §2.5.5.1).
    /// </summary>
    private static readonly string[] Special =
    [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10",
        "fec0::/10", "ff00::/8",
    ];

    /// <summary>
    /// A table of values above 0 for what may be dialled: <paramref name="allowed"/>, but of the special networks only
    /// those that are named in it themselves, or a part of them.
    /// </summary>
    public static NetworkTable Of(IEnumerable<IPNetwork> allowed) => new(
        // The longest prefix decides, and of the same one the last.
        [.. Special.Select(network => (IPNetwork.Parse(network), Refused)), .. allowed.Select(network => (network, Allowed))]);
}
