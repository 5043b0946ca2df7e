using System.Security.Cryptography;
using System.Text;

namespace SniForward.Tests.Peeking;

/// <summary>JA4 a second time, by strings and lists, of a hello that is known to be well formed.</summary>
internal static class Ja4Oracle
{
    public static string Read(byte[] records)
    {
        var message = new List<byte>();
        for (var at = 0; message.Count < 4 || message.Count < 4 + message[1] * 65536 + message[2] * 256 + message[3];)
        {
            var length = records[at + 3] * 256 + records[at + 4];
            message.AddRange(records[(at + 5)..Math.Min(at + 5 + length, records.Length)]);
            at += 5 + length;
        }
        var body = new Queue<byte>(message.Skip(4).Take(message[1] * 65536 + message[2] * 256 + message[3]));
        var version = Hex(Take(body, 2));
        Take(body, 32);
        Take(body, Number(body, 1));
        var suites = Words(Take(body, Number(body, 2)));
        Take(body, Number(body, 1));
        var extensions = new List<(string Type, byte[] Data)>();
        if (body.Count > 0)
        {
            Take(body, 2);
            while (body.Count > 0)
            {
                var type = Hex(Take(body, 2));
                extensions.Add((type, Take(body, Number(body, 2))));
            }
        }

        extensions.RemoveAll(extension => IsGrease(extension.Type));
        foreach (var (_, data) in extensions.Where(extension => extension.Type == "002b"))
            version = Words([.. data.Skip(1).Take(data.FirstOrDefault())], isCut: data.Length == 0 || data[0] > data.Length - 1).Append("0000").Max()!;
        var algorithms = Words([.. extensions.Where(extension => extension.Type == "000d").Select(extension => Vector(extension.Data)).LastOrDefault([])]);
        var alpn = extensions.Where(extension => extension.Type == "0010").Select(extension => extension.Data.Skip(3).Take(extension.Data[2]).ToArray()).FirstOrDefault();
        var types = extensions.Select(extension => extension.Type).Where(type => type is not ("0000" or "0010")).Order(StringComparer.Ordinal).ToArray();

        var names = new Dictionary<string, string> { ["0304"] = "13", ["0303"] = "12", ["0302"] = "11", ["0301"] = "10", ["0300"] = "s3", ["0002"] = "s2", ["feff"] = "d1", ["fefd"] = "d2", ["fefc"] = "d3" };
        var last = string.Join(',', types) + (types.Length > 0 && algorithms.Length > 0 ? "_" + string.Join(',', algorithms) : "");
        return "t" + names.GetValueOrDefault(version, "00") + (extensions.Any(extension => extension.Type == "0000") ? "d" : "i")
            + $"{Math.Min(suites.Length, 99):00}{Math.Min(extensions.Count, 99):00}{Alpn(alpn)}_{Hash(string.Join(',', suites.Order(StringComparer.Ordinal)))}_{Hash(last)}";
    }

    private static string Alpn(byte[]? first)
    {
        if (first is null) return "00";
        var text = Encoding.Latin1.GetString(first);
        if (!char.IsAsciiLetterOrDigit(text[0]) || !char.IsAsciiLetterOrDigit(text[^1])) text = Hex(first);
        return $"{text[0]}{text[^1]}";
    }

    private static string Hash(string text) => text.Length == 0 ? new string('0', 12) : Hex(SHA256.HashData(Encoding.ASCII.GetBytes(text)))[..12];

    private static string[] Words(byte[] list, bool isCut = false) =>
        isCut ? [] : [.. list.Chunk(2).Where(word => word.Length == 2).Select(Hex).Where(word => !IsGrease(word))];

    private static byte[] Vector(byte[] data) => data.Length >= 2 && data[0] * 256 + data[1] <= data.Length - 2 ? data[2..(2 + data[0] * 256 + data[1])] : [];

    private static bool IsGrease(string word) => word[1] == 'a' && word[..2] == word[2..];

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private static int Number(Queue<byte> body, int length) => Take(body, length).Aggregate(0, (number, one) => number * 256 + one);

    private static byte[] Take(Queue<byte> body, int count) => [.. Enumerable.Range(0, count).Select(_ => body.Dequeue())];
}
