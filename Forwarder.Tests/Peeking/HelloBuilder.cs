using System.Buffers.Binary;
using System.Text;

namespace SniForward.Tests.Peeking;

/// <summary>Makes ClientHellos, well formed unless told otherwise, and splits them over records.</summary>
internal sealed record HelloBuilder
{
    private const int LargestFragment = 16384;

    public byte[] Session { get; init; } = Filled(32, 0x5e);

    public byte[] CipherSuites { get; init; } = [0x13, 0x01, 0x13, 0x02, 0xc0, 0x2f];

    public byte[] Compression { get; init; } = [0x00];

    /// <summary>Null: the hello ends after the compression methods.</summary>
    public byte[][]? Extensions { get; init; } = [];

    /// <summary>Bytes after the extensions, inside the message.</summary>
    public byte[] Tail { get; init; } = [];

    public static HelloBuilder For(string name, params string[] alpn) => new()
    {
        Extensions = alpn.Length == 0 ? [ServerName(name)] : [ServerName(name), Alpn(alpn)],
    };

    /// <summary>Like a browser's: GREASE first and last, a key share with X25519MLKEM768, ECH, ALPN and a ticket.</summary>
    public static HelloBuilder Modern(string name) => new()
    {
        CipherSuites = [0x1a, 0x1a, 0x13, 0x01, 0x13, 0x02, 0x13, 0x03],
        Extensions =
        [
            Extension(0x3a3a, []), KeyShare(), Ech(), ServerName(name), Alpn("h2", "http/1.1"),
            SessionTicket(192), SupportedVersions(), Extension(0xcaca, [0x00]),
        ],
    };

    public static byte[] Extension(ushort type, byte[] data) => [.. UInt16(type), .. Vector16(data)];

    public static byte[] ServerName(params string[] names) =>
        ServerNameList(names.SelectMany(name => NameEntry(0x00, name)).ToArray());

    public static byte[] ServerNameList(byte[] entries) => Extension(0x0000, Vector16(entries));

    public static byte[] NameEntry(byte type, string name) => [type, .. Vector16(Encoding.Latin1.GetBytes(name))];

    public static byte[] Alpn(params string[] names) => Extension(0x0010, Vector16(AlpnList(names)));

    public static byte[] AlpnList(params string[] names) =>
        names.SelectMany(name => Vector8(Encoding.Latin1.GetBytes(name))).ToArray();

    /// <summary>GREASE, X25519MLKEM768 (1216 bytes) and X25519.</summary>
    public static byte[] KeyShare() => Extension(0x0033, Vector16(
    [
        0x2a, 0x2a, .. Vector16([0x00]),
        0x11, 0xec, .. Vector16(Filled(1216, 0x71)),
        0x00, 0x1d, .. Vector16(Filled(32, 0x1d)),
    ]));

    public static byte[] Ech() => Extension(0xfe0d,
        [0x00, 0x00, 0x01, 0x00, 0x01, 0x07, .. Vector16(Filled(32, 0xec)), .. Vector16(Filled(208, 0xed))]);

    public static byte[] SessionTicket(int length) => Extension(0x0023, Filled(length, 0x23));

    public static byte[] Padding(int length) => Extension(0x0015, Filled(length, 0x00));

    public static byte[] SupportedVersions() => Extension(0x002b, [0x06, 0x5a, 0x5a, 0x03, 0x04, 0x03, 0x03]);

    public static byte[] Vector8(byte[] data) => [(byte)data.Length, .. data];

    public static byte[] Vector16(byte[] data) => [.. UInt16(data.Length), .. data];

    public static byte[] Filled(int count, byte value) => Enumerable.Repeat(value, count).ToArray();

    public byte[] Body() =>
    [
        0x03, 0x03, .. Filled(32, 0xaa), .. Vector8(Session), .. Vector16(CipherSuites), .. Vector8(Compression),
        .. Extensions is null ? [] : Vector16(Extensions.SelectMany(extension => extension).ToArray()), .. Tail,
    ];

    public byte[] Message() => Message(0x01, Body());

    public static byte[] Message(byte type, byte[] body) => [type, (byte)(body.Length >> 16), .. UInt16(body.Length & 0xffff), .. body];

    /// <summary>The hello in records with as many bytes as <paramref name="sizes"/> say, the last size for all that follow.</summary>
    public byte[] Records(params int[] sizes) => Records(Message(), sizes);

    public static byte[] Records(byte[] message, params int[] sizes)
    {
        var records = new List<byte>(message.Length * 2);
        for (int at = 0, record = 0; at < message.Length; record++)
        {
            var size = sizes.Length == 0 ? LargestFragment : sizes[Math.Min(record, sizes.Length - 1)];
            var fragment = message.AsSpan(at, Math.Min(size, message.Length - at));
            records.AddRange(Record(0x16, fragment.ToArray()));
            at += fragment.Length;
        }

        return records.ToArray();
    }

    public static byte[] Record(byte type, byte[] fragment) => [type, 0x03, 0x01, .. Vector16(fragment)];

    private static byte[] UInt16(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }
}
