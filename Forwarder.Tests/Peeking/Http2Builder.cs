using System.Buffers.Binary;
using System.Text;

namespace SniForward.Tests.Peeking;

/// <summary>Makes what an HTTP/2 client says first, well formed unless told otherwise: the preface, frames, and header blocks of HPACK.</summary>
internal static class Http2Builder
{
    public const byte Data = 0, Headers = 1, Priority = 2, ResetStream = 3, Settings = 4, PushPromise = 5, Ping = 6, GoAway = 7, WindowUpdate = 8, Continuation = 9;
    public const byte Ack = 1, EndStream = 1, EndHeaders = 4, Padded = 8, HasPriority = 32;

    public static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    /// <summary>MAX_CONCURRENT_STREAMS and INITIAL_WINDOW_SIZE, as curl sends them.</summary>
    public static readonly byte[] ClientSettings = Frame(Settings, 0, 0, [0, 3, 0, 0, 0, 100, 0, 4, 2, 0, 0, 0]);

    /// <summary>What comes before the first request with curl.</summary>
    public static readonly byte[] Start = [.. Preface, .. ClientSettings, .. Frame(WindowUpdate, 0, 0, [1, 255, 0, 0])];

    public static byte[] Frame(byte type, byte flags, int stream, byte[] payload)
    {
        var header = new byte[9];
        BinaryPrimitives.WriteInt32BigEndian(header, payload.Length << 8 | type);
        header[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(5), stream);
        return [.. header, .. payload];
    }

    /// <summary>A whole first flight whose header block is <paramref name="block"/>.</summary>
    public static byte[] Flight(params byte[] block) => [.. Start, .. Frame(Headers, EndHeaders | EndStream, 1, block)];

    /// <summary>A GET of <paramref name="authority"/>, and fields behind it.</summary>
    public static byte[] Get(string authority, params byte[][] more) =>
        [0x82, 0x86, 0x84, .. Literal(1, authority), .. more.SelectMany(field => field)];

    /// <summary>A literal whose name is entry <paramref name="index"/> of a table.</summary>
    public static byte[] Literal(int index, string value, HpackForm form = HpackForm.Indexed, bool huffman = false) =>
        [.. Number(index, form), .. String(value, huffman)];

    /// <summary>A literal with a name of its own.</summary>
    public static byte[] Literal(string name, string value, HpackForm form = HpackForm.Indexed, bool huffman = false) =>
        [.. Number(0, form), .. String(name, huffman), .. String(value, huffman)];

    public static byte[] Indexed(int index) => Integer(0x80, 7, index);

    public static byte[] TableSize(int size) => Integer(0x20, 5, size);

    public static byte[] String(string text, bool huffman = false)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        if (huffman) bytes = HuffmanCodes.Encode(bytes);
        return [.. Integer((byte)(huffman ? 0x80 : 0), 7, bytes.Length), .. bytes];
    }

    public static byte[] Integer(byte high, int bits, int value)
    {
        var most = (1 << bits) - 1;
        if (value < most) return [(byte)(high | value)];
        var bytes = new List<byte> { (byte)(high | most) };
        for (value -= most; value >= 128; value >>= 7) bytes.Add((byte)(value & 127 | 128));
        return [.. bytes, (byte)value];
    }

    private static byte[] Number(int index, HpackForm form) => form switch
    {
        HpackForm.Indexed => Integer(0x40, 6, index),
        HpackForm.NeverIndexed => Integer(0x10, 4, index),
        _ => Integer(0, 4, index),
    };
}

/// <summary>The three kinds of literal (RFC 7541 §6.2).</summary>
internal enum HpackForm
{
    Indexed,
    NotIndexed,
    NeverIndexed,
}
