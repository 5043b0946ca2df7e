using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace SniForward.Tests.Peeking;

/// <summary>A slow second reader of whole PROXY headers: regular expressions, lists and the BCL's addresses.</summary>
internal static partial class ProxyHeaderOracle
{
    private const string Signature = "\r\n\r\n\0\r\nQUIT\n";

    /// <summary>"NeedMore", "NotMine", "Malformed", "TooLarge", or "Found", the length and the two addresses.</summary>
    public static string Read(byte[] bytes, int maxBytes = 64 * 1024)
    {
        var text = Encoding.Latin1.GetString(bytes);
        if (text.StartsWith("PROXY ", StringComparison.Ordinal)) return ReadLine(text.Length > 107 ? text[..107] : text);
        if (text.StartsWith(Signature, StringComparison.Ordinal)) return ReadBinary(bytes, maxBytes);
        return Signature.StartsWith(text, StringComparison.Ordinal) || "PROXY ".StartsWith(text, StringComparison.Ordinal) ? "NeedMore" : "NotMine";
    }

    private static string ReadLine(string text)
    {
        if (!WholeLine().IsMatch(text)) return text.Length < 107 && UnfinishedLine().IsMatch(text) ? "NeedMore" : "Malformed";
        var line = WholeLine().Match(text).Value;
        if (Unknown().IsMatch(line)) return $"Found {line.Length} - -";

        var match = Addresses().Match(line);
        if (!match.Success) return "Malformed";
        var family = match.Groups[1].Value == "4" ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        if (Address(match.Groups[2].Value, family) is not { } from || Address(match.Groups[3].Value, family) is not { } to) return "Malformed";
        return Port(match.Groups[4].Value) is { } fromPort && Port(match.Groups[5].Value) is { } toPort
            ? $"Found {line.Length} {new IPEndPoint(from, fromPort)} {new IPEndPoint(to, toPort)}"
            : "Malformed";
    }

    private static string ReadBinary(byte[] bytes, int maxBytes)
    {
        if (bytes.Length > 12 && (bytes[12] >> 4 != 2 || bytes[12] % 16 > 1)) return "Malformed";
        if (bytes.Length < 16) return "NeedMore";
        var length = 16 + bytes[14] * 256 + bytes[15];
        if (length > maxBytes) return "TooLarge";
        if (bytes.Length < length) return "NeedMore";
        if (bytes[12] == 0x20) return $"Found {length} - -";

        var (family, transport) = (bytes[13] >> 4, bytes[13] % 16);
        if (family > 3 || transport > 2) return "Malformed";
        var block = bytes[16..length];
        if (family == 0) return $"Found {length} - -";
        var size = family switch { 1 => 4, 2 => 16, _ => 108 };
        var ports = family == 3 ? 0 : 4;
        if (block.Length < 2 * size + ports || !AreFields(bytes[..length], 16 + 2 * size + ports)) return "Malformed";
        if (transport != 1) return $"Found {length} - -";
        var sides = new[] { 0, 1 }.Select(side => block[(side * size)..((side + 1) * size)]).Select((address, side) =>
            family == 3 ? Path(address) : new IPEndPoint(Plain(new IPAddress(address)), block[2 * size + 2 * side] * 256 + block[2 * size + 2 * side + 1]).ToString());
        return $"Found {length} {string.Join(' ', sides)}";
    }

    private static bool AreFields(byte[] header, int at)
    {
        var fields = new List<(byte Type, int At, byte[] Value)>();
        while (at < header.Length)
        {
            if (at + 3 > header.Length) return false;
            var end = at + 3 + header[at + 1] * 256 + header[at + 2];
            if (end > header.Length) return false;
            fields.Add((header[at], at + 3, header[(at + 3)..end]));
            at = end;
        }

        var sums = fields.Where(field => field.Type == 3).ToArray();
        return sums.Length == 0 || (sums.Length == 1 && sums[0].Value.Length == 4 && Sum(header, sums[0].At) == Convert.ToHexString(sums[0].Value));
    }

    private static string Sum(byte[] header, int at)
    {
        byte[] cleared = [.. header[..at], 0, 0, 0, 0, .. header[(at + 4)..]];
        return ProxyHeaderBuilder.Crc32c(cleared).ToString("X8", CultureInfo.InvariantCulture);
    }

    private static string Path(byte[] field)
    {
        var path = Encoding.UTF8.GetString(field).TrimEnd('\0');
        if (path.Length == 0) return "-";
        return path[0] == '\0' ? $"@{path[1..]}" : path.Split('\0')[0];
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static IPAddress? Address(string text, AddressFamily family) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == family && !OddAddress().IsMatch(text) ? Plain(address) : null;

    private static int? Port(string text) =>
        text.Length <= 5 && (text == "0" || text[0] != '0') && int.Parse(text, CultureInfo.InvariantCulture) is <= 65535 and var port ? port : null;

    [GeneratedRegex(@"\A[^\r\n]*\r\n")]
    private static partial Regex WholeLine();

    [GeneratedRegex(@"\A[^\r\n]*\r?\z")]
    private static partial Regex UnfinishedLine();

    [GeneratedRegex(@"\APROXY UNKNOWN( [^\r\n]*)?\r\n\z")]
    private static partial Regex Unknown();

    [GeneratedRegex(@"\APROXY TCP([46]) ([^ ]+) ([^ ]+) ([0-9]+) ([0-9]+)\r\n\z")]
    private static partial Regex Addresses();

    // What the BCL takes besides: brackets and zones, hexadecimal, octal and short forms of IPv4.
    [GeneratedRegex(@"[\[\]%/x]|(\A|[.:])0[0-9]+(\.|\z)(?<=\..*)|\A[0-9.]*\z(?<!\A[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+)|[0-9A-Fa-f]{5}")]
    private static partial Regex OddAddress();
}
