using System.Net;

namespace SniForward.Selecting.Names;

/// <summary>The order in which the addresses of a name are tried.</summary>
internal static class AddressOrder
{
    /// <summary>
    /// IPv6 and IPv4 by turns, beginning with the family that the resolver has first; within each, in the resolver's order
    /// (RFC 8305 §4). So a family that is broken costs one attempt.
    /// </summary>
    public static IPAddress[] Of(IReadOnlyList<IPAddress> addresses)
    {
        if (addresses.Count == 0) return [];
        var preferred = addresses[0].AddressFamily;
        return [.. Ranked(address => address.AddressFamily == preferred, 0)
            .Concat(Ranked(address => address.AddressFamily != preferred, 1))
            .OrderBy(ranked => ranked.Rank)
            .Select(ranked => ranked.Address)];

        IEnumerable<(int Rank, IPAddress Address)> Ranked(Func<IPAddress, bool> isOne, int first) =>
            addresses.Where(isOne).Distinct().Select((address, i) => (first + 2 * i, address));
    }
}
