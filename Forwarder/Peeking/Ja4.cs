using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace SniForward.Peeking;

/// <summary>
/// The JA4 fingerprint of a TLS client over TCP (FoxIO's technical details of JA4): what it offers, in 36 characters, and
/// alike for hellos that differ only in their order and in GREASE (RFC 8701).
/// </summary>
internal static class Ja4
{
    /// <summary>How many characters it has.</summary>
    public const int Length = 36;

    private const ushort ServerName = 0x0000, SignatureAlgorithms = 0x000d, Alpn = 0x0010, SupportedVersions = 0x002b;
    private const int RandomLength = 32;
    private const int HashLength = 12;

    /// <summary>Writes the fingerprint of the hello in <paramref name="received"/>. False if that is no whole, well-formed hello.</summary>
    /// <param name="received">A first flight from its first byte, over any records.</param>
    /// <param name="fingerprint">At least <see cref="Length"/> characters.</param>
    public static bool TryWrite(in ReadOnlySequence<byte> received, Span<char> fingerprint)
    {
        var hello = new ClientHello();
        var found = new PeekResult();
        if (hello.Read(received, int.MaxValue, ref found) is not (PeekAnswer.Found or PeekAnswer.NoName)) return false;

        var body = ArrayPool<byte>.Shared.Rent(hello.BodyLength);
        // A list of numbers is half as long as its bytes, and its text five characters for each.
        var numbers = ArrayPool<ushort>.Shared.Rent(hello.BodyLength);
        var text = ArrayPool<byte>.Shared.Rent(hello.BodyLength * 5);
        hello.CopyBody(received, body);
        Write(body.AsSpan(0, hello.BodyLength), found.Alpn, numbers, text, fingerprint);
        ArrayPool<byte>.Shared.Return(text);
        ArrayPool<ushort>.Shared.Return(numbers);
        ArrayPool<byte>.Shared.Return(body);
        return true;
    }

    /// <summary>Whether a value is one of those that mean nothing (RFC 8701 §2).</summary>
    public static bool IsGrease(ushort value) => (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);

    private static void Write(ReadOnlySpan<byte> body, ReadOnlySpan<byte> alpn, Span<ushort> numbers, Span<byte> text, Span<char> fingerprint)
    {
        var reader = new WireReader(body);
        reader.TryUInt16(out var version);
        reader.TryTake(RandomLength, out _);
        reader.TryVector8(out _);
        reader.TryVector16(out var suites);
        reader.TryVector8(out _);
        reader.TryVector16(out var extensions);

        var suiteCount = Numbers(suites, numbers);
        numbers[..suiteCount].Sort();
        WriteHash(text[..Text(numbers[..suiteCount], text)], fingerprint[11..]);

        var (extensionCount, hashed) = (0, 0);
        var hasServerName = false;
        ReadOnlySpan<byte> algorithms = default;
        for (var rest = new WireReader(extensions); rest.TryUInt16(out var type) && rest.TryVector16(out var data);)
        {
            if (IsGrease(type)) continue;
            extensionCount++;
            if (type == ServerName) hasServerName = true;
            if (type is not (ServerName or Alpn)) numbers[hashed++] = type;
            if (type == SupportedVersions) version = Highest(data);
            if (type == SignatureAlgorithms && new WireReader(data) is var list) list.TryVector16(out algorithms);
        }
        numbers[..hashed].Sort();
        var length = Text(numbers[..hashed], text);
        var algorithmCount = Numbers(algorithms, numbers);
        if (length > 0 && algorithmCount > 0)
        {
            text[length++] = (byte)'_';
            length += Text(numbers[..algorithmCount], text[length..]);
        }
        WriteHash(text[..length], fingerprint[24..]);

        fingerprint[0] = 't';
        VersionName(version).CopyTo(fingerprint[1..]);
        fingerprint[3] = hasServerName ? 'd' : 'i';
        WriteCount(suiteCount, fingerprint[4..]);
        WriteCount(extensionCount, fingerprint[6..]);
        WriteAlpn(alpn, fingerprint[8..]);
        fingerprint[10] = fingerprint[23] = '_';
    }

    /// <summary>The numbers of two bytes in a list that are not GREASE; how many they are.</summary>
    private static int Numbers(ReadOnlySpan<byte> list, Span<ushort> numbers)
    {
        var count = 0;
        for (; list.Length >= sizeof(ushort); list = list[sizeof(ushort)..])
        {
            var number = BinaryPrimitives.ReadUInt16BigEndian(list);
            if (!IsGrease(number)) numbers[count++] = number;
        }
        return count;
    }

    /// <summary>Numbers as four hexadecimal digits each, with commas between; how many bytes they take.</summary>
    private static int Text(ReadOnlySpan<ushort> numbers, Span<byte> text)
    {
        var length = 0;
        foreach (var number in numbers)
        {
            if (length > 0) text[length++] = (byte)',';
            Utf8Formatter.TryFormat(number, text[length..], out var written, new StandardFormat('x', 4));
            length += written;
        }
        return length;
    }

    private static void WriteHash(ReadOnlySpan<byte> text, Span<char> fingerprint)
    {
        fingerprint[..HashLength].Fill('0');
        if (text.IsEmpty) return;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        Convert.TryToHexStringLower(hash[..(HashLength / 2)], fingerprint, out _);
    }

    private static ushort Highest(ReadOnlySpan<byte> data)
    {
        ushort highest = 0;
        var reader = new WireReader(data);
        reader.TryVector8(out var versions);
        for (; versions.Length >= sizeof(ushort); versions = versions[sizeof(ushort)..])
        {
            var version = BinaryPrimitives.ReadUInt16BigEndian(versions);
            if (!IsGrease(version)) highest = Math.Max(highest, version);
        }
        return highest;
    }

    private static string VersionName(ushort version) => version switch
    {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        0xfeff => "d1",
        0xfefd => "d2",
        0xfefc => "d3",
        _ => "00",
    };

    private static void WriteCount(int count, Span<char> fingerprint) => Math.Min(count, 99).TryFormat(fingerprint, out _, "D2");

    /// <summary>The first and the last character of the first protocol, or of its hexadecimal form if they are not both letters or digits.</summary>
    private static void WriteAlpn(ReadOnlySpan<byte> list, Span<char> fingerprint)
    {
        if (list.IsEmpty)
        {
            "00".CopyTo(fingerprint);
            return;
        }
        var (first, last) = (list[1], list[list[0]]);
        var isText = char.IsAsciiLetterOrDigit((char)first) && char.IsAsciiLetterOrDigit((char)last);
        fingerprint[0] = isText ? (char)first : HexDigit(first >> 4);
        fingerprint[1] = isText ? (char)last : HexDigit(last & 0xf);
    }

    private static char HexDigit(int value) => (char)(value < 10 ? '0' + value : 'a' + value - 10);
}
