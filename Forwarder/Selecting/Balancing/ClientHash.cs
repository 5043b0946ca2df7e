using System.IO.Hashing;
using System.Net;
using System.Net.Sockets;

namespace SniForward.Selecting.Balancing;

/// <summary>A number for each client that is the same in every process and on every machine.</summary>
internal static class ClientHash
{
    /// <summary>The hash of an IPv4 address, or of the /64 of an IPv6 one, which one host has whole; of all else, one and the same.</summary>
    public static ulong Of(EndPoint client)
    {
        if (client is not IPEndPoint { Address: var address }) return 0;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        var part = address.IsIPv4MappedToIPv6 ? bytes[12..]
            : address.AddressFamily == AddressFamily.InterNetworkV6 ? bytes[..8]
            : bytes[..length];
        return XxHash3.HashToUInt64(part);
    }
}
