using System.Buffers.Binary;
using System.Text;

namespace SniForward.Tests.Peeking;

/// <summary>Makes binary PROXY headers, right and wrong.</summary>
internal static class ProxyHeaderBuilder
{
    /// <summary>192.0.2.1:56324 to 198.51.100.2:443.</summary>
    public static readonly byte[] Inet = [192, 0, 2, 1, 198, 51, 100, 2, 0xdc, 0x04, 0x01, 0xbb];

    /// <summary>[2001:db8::1]:56324 to [::1]:443.</summary>
    public static readonly byte[] Inet6 =
        [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xdc, 0x04, 0x01, 0xbb];

    public static byte[] Binary(byte command, byte kind, byte[] block) =>
        [.. "\r\n\r\n\0\r\nQUIT\n"u8, command, kind, (byte)(block.Length >> 8), (byte)block.Length, .. block];

    public static byte[] Tlv(byte type, ReadOnlySpan<byte> value) => [type, (byte)(value.Length >> 8), (byte)value.Length, .. value];

    public static byte[] UnixPath(string path) => [.. Encoding.ASCII.GetBytes(path), .. new byte[108 - path.Length]];

    public static byte[] Mapped(byte a, byte b, byte c, byte d) => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d];

    /// <summary>The header with the right checksum in its first field for one, which holds zeros.</summary>
    public static byte[] WithChecksum(byte[] header)
    {
        var at = header.AsSpan(28).IndexOf((byte[])[0x03, 0x00, 0x04, 0x00]) + 28 + 3;
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(at), Crc32c(header));
        return header;
    }

    /// <summary>CRC32C a bit at a time (RFC 4960 appendix B: the reflected polynomial 0x82f63b78).</summary>
    public static uint Crc32c(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1;
        }
        return ~crc;
    }
}
