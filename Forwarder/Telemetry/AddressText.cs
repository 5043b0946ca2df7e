using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SniForward.Telemetry;

/// <summary>Addresses as a log writes them, in UTF-8: "192.0.2.1:443", "[2001:db8::1]:443" or "unix:/path".</summary>
internal static class AddressText
{
    /// <summary>More than any takes, in bytes: the path of a unix socket has at most 108 (unix(7)).</summary>
    public const int MostBytes = 128;

    /// <summary>Writes an IP address of 4 or 16 bytes with its port; how many bytes that took. IPv4 makes no object.</summary>
    public static int Write(ReadOnlySpan<byte> address, int port, Span<byte> to)
    {
        if (address.Length != 4) return Write(new IPEndPoint(new IPAddress(address), port), to);

        var length = 0;
        for (var i = 0; i < address.Length; i++)
        {
            if (i > 0) to[length++] = (byte)'.';
            Append(address[i], to, ref length);
        }
        return Port(port, to, length);
    }

    /// <summary>Writes an address; how many bytes that took.</summary>
    public static int Write(EndPoint endPoint, Span<byte> to)
    {
        if (endPoint is not IPEndPoint ip)
        {
            Encoding.UTF8.TryGetBytes($"unix:{endPoint}", to, out var all);
            return all;
        }

        var isBracketed = ip.AddressFamily == AddressFamily.InterNetworkV6;
        if (isBracketed) to[0] = (byte)'[';
        ip.Address.TryFormat(isBracketed ? to[1..] : to, out var written);
        if (!isBracketed) return Port(ip.Port, to, written);
        to[1 + written] = (byte)']';
        return Port(ip.Port, to, written + 2);
    }

    private static int Port(int port, Span<byte> to, int length)
    {
        to[length++] = (byte)':';
        Append(port, to, ref length);
        return length;
    }

    private static void Append(int number, Span<byte> to, ref int length)
    {
        Utf8Formatter.TryFormat(number, to[length..], out var written);
        length += written;
    }
}
