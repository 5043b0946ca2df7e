using System.Text;
using System.Text.RegularExpressions;

namespace SniForward.Tests.Framing;

/// <summary>A second reader of chunked bodies, slow and simple: of the text as a whole, by regular expressions.</summary>
internal static class BodyOracle
{
    private const int MaxExtra = 16 * 1024;
    private const string Text = @"[\t\x20-\x7e\x80-\xff]";
    private const string Token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    private const string HeadFields = "host|content-length|transfer-encoding|connection|keep-alive|proxy-connection|te|upgrade|http2-settings|expect|forwarded|x[-_]forwarded[-_].+";

    /// <summary>"Ended N", "More" or "Malformed", and the data of the chunks.</summary>
    public static (string Answer, string Data) Read(byte[] bytes)
    {
        var text = Encoding.Latin1.GetString(bytes);
        var rest = text;
        var extra = 0;
        var data = new StringBuilder();
        while (true)
        {
            var line = Regex.Match(rest, $@"\A([0-9A-Fa-f]{{1,15}})(;{Text}*)?\r\n");
            if (!line.Success) return (PartOf(rest, $@"\A(?:[0-9A-Fa-f]{{0,15}}|[0-9A-Fa-f]{{1,15}}(;{Text}*)?\r?)\z", extra), "");
            extra += line.Groups[2].Length;
            if (extra > MaxExtra) return ("Malformed", "");
            rest = rest[line.Length..];
            var size = Convert.ToInt64(line.Groups[1].Value, 16);
            if (size == 0) break;
            if (size > rest.Length) return ("More", "");
            data.Append(rest.AsSpan(0, (int)size));
            rest = rest[(int)size..];
            if (!rest.StartsWith("\r\n", StringComparison.Ordinal)) return (rest is "" or "\r" ? "More" : "Malformed", "");
            rest = rest[2..];
        }

        while (!rest.StartsWith("\r\n", StringComparison.Ordinal))
        {
            var line = Regex.Match(rest, $@"\A(({Token}):{Text}*)\r\n");
            if (!line.Success && IsOfHead(Regex.Match(rest, $@"\A({Token}):").Groups[1].Value)) return ("Malformed", "");
            if (!line.Success) return (PartOf(rest, $@"\A(?:\r?|({Token})|({Token}:{Text}*)\r?)\z", extra), "");
            extra += line.Groups[1].Length;
            if (IsOfHead(line.Groups[2].Value) || extra > MaxExtra) return ("Malformed", "");
            rest = rest[line.Length..];
        }
        return ($"Ended {text.Length - rest.Length + 2}", data.ToString());
    }

    private static bool IsOfHead(string name) => Regex.IsMatch(name, $@"\A({HeadFields})\z", RegexOptions.IgnoreCase);

    /// <summary>Of a line that is not whole, whose groups are extension or trailer.</summary>
    private static string PartOf(string line, string pattern, int extra)
    {
        var part = Regex.Match(line, pattern);
        return part.Success && extra + part.Groups[1].Length + part.Groups[2].Length <= MaxExtra ? "More" : "Malformed";
    }
}
