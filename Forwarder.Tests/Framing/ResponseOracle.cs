using System.Text;
using System.Text.RegularExpressions;
using SniForward.Framing;

namespace SniForward.Tests.Framing;

/// <summary>A second reader of answers' heads, slow and simple: of the text as a whole, by regular expressions.</summary>
internal static class ResponseOracle
{
    /// <summary>What <see cref="HeadDescription.OfResponse"/> says.</summary>
    public static string Read(RequestMethod method, byte[] bytes, int maxBytes)
    {
        var isFull = bytes.Length >= maxBytes;
        var text = Encoding.Latin1.GetString(bytes, 0, Math.Min(bytes.Length, maxBytes));
        if (HeadText.Lines(text, IsRightSoFar, out var lines) is { } answer) return answer == "NeedMore" && isFull ? "TooLarge" : answer;

        var start = Regex.Match(lines[0], @"\AHTTP/1\.([01]) ([0-9]{3})");
        var (isHttp10, status) = (start.Groups[1].Value == "0", start.Groups[2].Value);
        if (HeadText.Body(lines, isHttp10) is not { } body) return "Malformed";
        var isBodiless = status[0] == '1' || status == "204";
        if (isBodiless && body is not ("None" or "Length 0")) return "Malformed";
        if (status == "101" || (method is RequestMethod.Connect && status[0] == '2')) body = "Tunnel";
        else if (isBodiless || status == "304" || method is RequestMethod.Head) body = "None";
        else if (body == "None") body = "UntilClose";

        string[] parts =
        [
            status,
            status[0] == '1' && status != "101" ? "interim" : "",
            isHttp10 ? "1.0" : "",
            body,
            body is not ("Tunnel" or "UntilClose") && HeadText.KeepsAlive(lines, isHttp10) ? "keep" : "close",
            .. HeadText.Tail(lines),
            $"{lines.Sum(line => line.Length + 2) + 2}",
        ];
        return string.Join(' ', parts.Where(part => part != ""));
    }

    private static bool IsRightSoFar(List<string> lines) => lines.Count == 1
        ? Regex.IsMatch(lines[0], @"\AHTTP/1\.[01] [1-9][0-9]{2}( .*)?\z")
        : HeadText.AreFieldsRight(lines);
}
