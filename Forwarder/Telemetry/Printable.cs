using System.Globalization;
using System.Text;

namespace SniForward.Telemetry;

/// <summary>What a client chose, as text that can do no harm in a log: short, one line, printable ASCII.</summary>
internal static class Printable
{
    private const int MostBytes = 100;

    /// <summary>The bytes, those that are not printable as \xNN; cut after 100 of them; "-" if there are none.</summary>
    public static string Bytes(ReadOnlySpan<byte> bytes)
    {
        var text = Escaped(bytes[..Math.Min(bytes.Length, MostBytes)]);
        return bytes.Length > MostBytes ? text + "..." : text;
    }

    /// <summary>An ALPN list in wire form (RFC 7301 §3.1) as its names, with commas between; "-" if it is empty.</summary>
    public static string Alpn(ReadOnlySpan<byte> list)
    {
        Span<byte> names = stackalloc byte[AlpnNames.MostBytes];
        return Escaped(names[..AlpnNames.Join(list, names)]);
    }

    /// <summary>A text that may have come from outside, in which spaces stay if <paramref name="isSentence"/>; "-" if there is none.</summary>
    public static string Text(string? text, bool isSentence = false)
    {
        var printable = Bytes(Encoding.UTF8.GetBytes(text ?? ""));
        return isSentence ? printable.Replace("\\x20", " ", StringComparison.Ordinal) : printable;
    }

    private static string Escaped(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return "-";
        var text = new StringBuilder();
        foreach (var b in bytes)
        {
            if (b is > 0x20 and < 0x7F and not ((byte)'\\') and not ((byte)'"')) text.Append((char)b);
            else text.Append(CultureInfo.InvariantCulture, $"\\x{b:X2}");
        }
        return text.ToString();
    }
}
