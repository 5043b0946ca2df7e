using System.Text.RegularExpressions;

namespace SniForward.Tests.Framing;

/// <summary>What heads of both kinds have in common, for the slow second readers: the first line is not a field.</summary>
internal static class HeadText
{
    private const string Token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

    private static readonly (string Name, string Kind)[] Kinds =
    [
        ("content-length", "ContentLength"), ("transfer-encoding", "TransferEncoding"), ("connection", "Connection"), ("keep-alive", "KeepAlive"),
        ("proxy-connection", "ProxyConnection"), ("te", "Te"), ("upgrade", "Upgrade"), ("http2-settings", "Http2Settings"), ("expect", "Expect"),
        ("forwarded", "Forwarded"), ("x-forwarded-for", "XForwardedFor"), ("x-forwarded-proto", "XForwardedProto"), ("x-forwarded-host", "XForwardedHost"),
        ("x[-_]forwarded[-_](?!(?<=x-forwarded-)(for|proto|host):)[^:]+", "XForwardedOther"),
    ];

    /// <summary>The lines before the empty one. Answers NeedMore or Malformed if there is none.</summary>
    public static string? Lines(string text, Func<List<string>, bool> isRightSoFar, out List<string> lines)
    {
        lines = [];
        while (true)
        {
            var line = Regex.Match(text, @"\A([\t\x20-\x7e\x80-\xff]*)\r\n");
            if (!line.Success) return Regex.IsMatch(text, @"\A[\t\x20-\x7e\x80-\xff]*\r?\z") ? "NeedMore" : "Malformed";
            if (line.Groups[1].Value == "" && lines.Count > 0) return null;
            lines.Add(line.Groups[1].Value);
            if (!isRightSoFar(lines)) return "Malformed";
            text = text[line.Length..];
        }
    }

    public static bool AreFieldsRight(List<string> lines)
    {
        if (!Regex.IsMatch(lines[^1], $@"\A{Token}:")) return false;
        var (lengths, encodings) = (Values(lines, "content-length"), Values(lines, "transfer-encoding"));
        if (lengths.Count > 1 || lengths.Any(length => !Regex.IsMatch(length, @"\A[0-9]{1,18}\z"))) return false;
        if (encodings.Count > 1 || encodings.Any(encoding => !Regex.IsMatch(encoding, @"\Achunked\z", RegexOptions.IgnoreCase))) return false;
        var options = Options(lines, "connection");
        if (options.Any(option => !Regex.IsMatch(option, $@"\A{Token}\z"))) return false;
        return !options.Any(option => Regex.IsMatch(option, @"\A(host|content-length|transfer-encoding)\z", RegexOptions.IgnoreCase)) && Named(lines).Count <= 16;
    }

    /// <summary>None, a length or Chunked; null if the fields contradict each other.</summary>
    public static string? Body(List<string> lines, bool isHttp10) => (Values(lines, "transfer-encoding"), Values(lines, "content-length")) switch
    {
        ([], []) => "None",
        ([], [var length]) => $"Length {long.Parse(length)}",
        ([_], []) when !isHttp10 => "Chunked",
        _ => null,
    };

    public static bool KeepsAlive(List<string> lines, bool isHttp10) =>
        !HasOption(lines, "connection", "close") && (!isHttp10 || HasOption(lines, "connection", "keep-alive"));

    public static bool HasOption(List<string> lines, string field, string option) =>
        Options(lines, field).Any(has => Regex.IsMatch(has, $@"\A{option}\z", RegexOptions.IgnoreCase));

    public static string[] Tail(List<string> lines)
    {
        var kinds = Kinds.Where(kind => Values(lines, kind.Name).Count > 0).Select(kind => kind.Kind);
        return [$"({string.Join(", ", kinds.DefaultIfEmpty("None"))})", string.Join(',', Named(lines))];
    }

    /// <summary>The values of all fields of a name, which is a pattern.</summary>
    public static List<string> Values(List<string> lines, string name) =>
        [.. lines.Skip(1).Where(line => Regex.IsMatch(line, $@"\A{name}:", RegexOptions.IgnoreCase)).Select(line => line[(line.IndexOf(':') + 1)..].Trim(' ', '\t'))];

    private static List<string> Named(List<string> lines) => [.. Options(lines, "connection").Where(option => !Regex.IsMatch(
        option, @"\A(close|keep-alive|upgrade|connection|proxy-connection|te|http2-settings)\z", RegexOptions.IgnoreCase))];

    private static List<string> Options(List<string> lines, string field) =>
        [.. Values(lines, field).SelectMany(value => value.Split(',')).Select(option => option.Trim(' ', '\t')).Where(option => option != "")];
}
