using System.Text;
using System.Text.RegularExpressions;
using SniForward.Tests.Peeking;

namespace SniForward.Tests.Framing;

/// <summary>A second reader of requests' heads, slow and simple: of the text as a whole, by regular expressions.</summary>
internal static class RequestOracle
{
    private const string Token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    private const int MaxHost = 260;

    /// <summary>What <see cref="HeadDescription.OfRequest"/> says.</summary>
    public static string Read(byte[] bytes, int maxBytes)
    {
        var isFull = bytes.Length >= maxBytes;
        var text = Encoding.Latin1.GetString(bytes, 0, Math.Min(bytes.Length, maxBytes));
        var start = Regex.Match(text, @"\A(\r\n)*").Length;
        if (HeadText.Lines(text[start..], IsRightSoFar, out var lines) is { } answer) return answer == "NeedMore" && isFull ? "TooLarge" : answer;

        var head = Regex.Match(lines[0], @"\A([^ ]+) ([^ ]+) HTTP/1\.([01])\z");
        var (method, target, isHttp10) = (head.Groups[1].Value, head.Groups[2].Value, head.Groups[3].Value == "0");
        var hosts = HeadText.Values(lines, "host");
        if (hosts.Count == 0 && !isHttp10) return "Malformed";
        var authority = AuthorityOracle.Of(lines[0]);
        if (hosts.Any(host => authority != "" && AuthorityOracle.HostOf(host) != AuthorityOracle.HostOf(authority))) return "Malformed";
        if (HeadText.Body(lines, isHttp10) is not { } body) return "Malformed";
        if (body is not ("None" or "Length 0") && method is "CONNECT" or "TRACE") return "Malformed";
        if (body is not ("None" or "Length 0") && isHttp10 && method is "GET" or "HEAD" or "DELETE") return "Malformed";

        string[] parts =
        [
            $"{method} {target}",
            method == "CONNECT" ? "Authority" : target == "*" ? "Asterisk" : target[0] == '/' ? "" : "Absolute",
            $"@{hosts.Append("").First() switch { "" => authority, var host => host }}",
            isHttp10 ? "1.0" : "",
            body,
            HeadText.KeepsAlive(lines, isHttp10) ? "keep" : "close",
            !isHttp10 && HeadText.HasOption(lines, "connection", "upgrade") && HeadText.Values(lines, "upgrade").Count > 0 ? "upgrade" : "",
            HeadText.HasOption(lines, "upgrade", "h2c") ? "h2c" : "",
            !isHttp10 && HeadText.HasOption(lines, "expect", "100-continue") ? "expect" : "",
            .. HeadText.Tail(lines),
            $"{start}..{start + lines.Sum(line => line.Length + 2) + 2}",
        ];
        return string.Join(' ', parts.Where(part => part != ""));
    }

    private static bool IsRightSoFar(List<string> lines)
    {
        if (lines.Count == 1) return IsRequestLine(lines[0]);
        var hosts = HeadText.Values(lines, "host");
        return HeadText.AreFieldsRight(lines) && hosts.Count < 2 && hosts.All(host => host.Length <= MaxHost);
    }

    private static bool IsRequestLine(string line)
    {
        var parts = Regex.Match(line, $@"\A({Token}) ([^\0-\x20\x7f#]+) HTTP/1\.[01]\z");
        if (!parts.Success) return false;

        var (method, target) = (parts.Groups[1].Value, parts.Groups[2].Value);
        string[] known = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
        if (known.Contains(method.ToUpperInvariant()) && !known.Contains(method)) return false;
        var authority = AuthorityOracle.Of(line);
        return authority.Length <= MaxHost && AuthorityOracle.Fits(method, target, authority);
    }
}
