using System.Text;
using System.Text.RegularExpressions;
using SniForward.Peeking;

namespace SniForward.Tests.Peeking;

/// <summary>A second reader of HTTP heads, slow and simple: of the text as a whole, by regular expressions.</summary>
internal static class HeadOracle
{
    private const string Token = "[!#$%&'*+.^_`|~0-9A-Za-z-]";

    public static (PeekAnswer Answer, string Name) Read(byte[] bytes, int maxBytes)
    {
        var isFull = bytes.Length >= maxBytes;
        var text = Encoding.Latin1.GetString(bytes, 0, Math.Min(bytes.Length, maxBytes));
        text = Regex.Replace(text, @"\A(\r?\n)+", "");
        if (text is "" or "\r") return (isFull ? PeekAnswer.NotMine : PeekAnswer.NeedMore, "");

        var word = Regex.Match(text, $@"\A{Token}*").Value;
        if (word.Length > 64) return (PeekAnswer.NotMine, "");
        if (word.Length == text.Length) return (isFull ? PeekAnswer.NotMine : PeekAnswer.NeedMore, "");
        if (word.Length == 0 || text[word.Length] != ' ') return (PeekAnswer.NotMine, "");

        var isHttp = word is "GET" or "HEAD" or "POST" or "PUT" or "DELETE" or "CONNECT" or "OPTIONS" or "TRACE" or "PATCH";
        var lines = new List<string>();
        while (lines.Count == 0 || lines[^1] != "")
        {
            var line = Regex.Match(text, @"\A([^\0\r\n]*)\r?\n");
            if (line.Success)
            {
                text = text[line.Length..];
                lines.Add(line.Groups[1].Value);
                isHttp |= Regex.IsMatch(lines[0], @"(\A| )HTTP/1\.[0-9]\z");
                if (!isHttp) return (PeekAnswer.NotMine, "");
                if (!IsLineRight(lines)) return (PeekAnswer.Malformed, "");
                continue;
            }

            if (!Regex.IsMatch(text, @"\A[^\0\r\n]*\r?\z")) return (isHttp ? PeekAnswer.Malformed : PeekAnswer.NotMine, "");
            if (!isFull) return (PeekAnswer.NeedMore, "");
            return (isHttp ? PeekAnswer.TooLarge : PeekAnswer.NotMine, "");
        }

        var hosts = Hosts(lines);
        if (hosts.Count == 0 && !lines[0].EndsWith("/1.0", StringComparison.Ordinal)) return (PeekAnswer.Malformed, "");
        var name = hosts.Append("").First() is { Length: > 0 } host ? host : AuthorityOracle.Of(lines[0]);
        return name == "" ? (PeekAnswer.NoName, "") : (PeekAnswer.Found, name);
    }

    private static bool IsLineRight(List<string> lines)
    {
        if (lines.Count == 1) return IsRequestLine(lines[0]);
        if (lines[^1] != "" && !Regex.IsMatch(lines[^1], $@"\A{Token}+:")) return false;

        var hosts = Hosts(lines);
        if (hosts.Count > 1) return false;
        var target = AuthorityOracle.HostOf(AuthorityOracle.Of(lines[0]));
        return hosts.All(host => host.Length <= PeekResult.MaxNameLength && (target == "" || AuthorityOracle.HostOf(host) == target));
    }

    private static bool IsRequestLine(string line)
    {
        var parts = Regex.Match(line, @"\A([^ ]+) ([^\0-\x20\x7f]+) HTTP/1\.[0-9]\z");
        if (!parts.Success) return false;

        var (method, target) = (parts.Groups[1].Value, parts.Groups[2].Value);
        var authority = AuthorityOracle.Of(line);
        return authority.Length <= PeekResult.MaxNameLength && AuthorityOracle.Fits(method, target, authority);
    }

    private static List<string> Hosts(List<string> lines) => lines.Skip(1)
        .Where(line => line.StartsWith("host:", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[5..].Trim(' ', '\t')).ToList();
}
