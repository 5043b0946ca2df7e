using System.Text;
using System.Text.RegularExpressions;

namespace SniForward.Tests.Framing;

/// <summary>What a client sends on one connection to make two servers see different requests in it.</summary>
/// <param name="Name">What is tried.</param>
/// <param name="Text">The bytes, as Latin-1; "t000t" stands for the tag by which its requests are known.</param>
internal sealed partial record Payload(string Name, string Text)
{
    private const string NoTag = "t000t";
    private const string Next = "GET /t000t/next HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string Evil = "GET /t000t/evil HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string EvilStart = "GET /t000t/evil HTTP/1.1\r\nHost: a\r\nX: ";

    /// <summary>Those that are right, and that everybody reads alike.</summary>
    public static readonly Payload[] Plain =
    [
        new("two requests", $"GET /t000t/ HTTP/1.1\r\nHost: a\r\n\r\n{Next}"),
        new("a length", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello{Next}"),
        new("a request in a body of a length", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nContent-Length: {Evil.Length}\r\n\r\n{Evil}{Next}"),
        new("chunks", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n00b\r\n beautiful \r\n5\r\nworld\r\n0\r\n\r\n{Next}"),
        new("empty lines between requests", $"GET /t000t/ HTTP/1.1\r\nHost: a\r\n\r\n\r\n\r\n{Next}"),
        new("zeros in front of a length", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0005\r\n\r\nhello{Next}"),
        new("a body of DELETE", $"DELETE /t000t/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello{Next}"),
        new("trailers", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n{Next}"),
    ];

    /// <summary>Those of which some server somewhere sees other requests than another.</summary>
    public static readonly Payload[] Tricks =
    [
        new("CL.TE", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX{Next}"),
        new("TE.CL", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n{Evil.Length:x}\r\n{Evil}\r\n0\r\n\r\n{Next}"),
        new("TE.TE, the second hidden", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-encoding: x\r\n\r\n0\r\n\r\n{Next}"),
        new("CL.0", $"GET /t000t/ HTTP/1.1\r\nHost: a\r\nContent-Length: {EvilStart.Length}\r\n\r\n{EvilStart}{Next}"),
        new("0.CL", $"GET /t000t/ HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n {EvilStart.Length}\r\n\r\n{EvilStart}{Next}"),
        new("CL.CL", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: {EvilStart.Length}\r\n\r\n{EvilStart}{Next}"),
        new("a chunk extension with a line feed (TERM.EXT)", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;\nxx\r\n{Evil.Length + 5:x}\r\n0\r\n\r\n{Evil}\r\n0\r\n\r\n{Next}"),
        new("a chunk extension with a carriage return", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;\rxx\r\n{Evil.Length + 5:x}\r\n0\r\n\r\n{Evil}\r\n0\r\n\r\n{Next}"),
        new("a chunk with a line feed behind it (TERM.SPILL)", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n{Next}"),
        new("a chunk with anything behind it", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n{Next}"),
        new("a chunk size that overflows 32 bits", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n100000005\r\nhello\r\n0\r\n\r\n{Next}"),
        new("a chunk size that overflows 64 bits", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n{Next}"),
        new("a length that overflows 64 bits", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551621\r\n\r\nhello{Next}"),
        new("a length in another base", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nContent-Length: 010\r\n\r\nhello wor{Next}"),
        new("a trailer that is a request", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n{Evil}{Next}"),
        new("a trailer that ends in a line feed", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\n\n{Evil}{Next}"),
        new("a trailer with a length", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 34\r\n\r\n{Next}"),
        new("a head that ends in line feeds", $"GET /t000t/ HTTP/1.1\r\nHost: a\r\nX: y\n\n{Evil}{Next}"),
        new("a head that ends in a carriage return", $"GET /t000t/ HTTP/1.1\r\nHost: a\r\nX: y\r\r{Evil}{Next}"),
        new("a line of spaces in a head", $"GET /t000t/ HTTP/1.1\r\nHost: a\r\n \r\nContent-Length: 5\r\n\r\nhello{Next}"),
        new("a field before the request line's end", $"GET /t000t/ HTTP/1.1\rContent-Length: 5\r\nHost: a\r\n\r\nhello{Next}"),
        new("HTTP/0.9 in between", $"GET /t000t/ HTTP/1.1\r\nHost: a\r\n\r\nGET /t000t/evil\r\n{Next}"),
        new("chunks in HTTP/1.0", $"POST /t000t/ HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{Next}"),
        new("a length in HTTP/1.0", $"POST /t000t/ HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello{Next}"),
        new("a body of GET in HTTP/1.0", $"GET /t000t/ HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello{Next}"),
        new("Expect and a body at once", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello{Next}"),
        new("Expect of something else", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nExpect: x\r\nContent-Length: 5\r\n\r\nhello{Next}"),
        new("a length that Connection names", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nConnection: Content-Length\r\nContent-Length: 5\r\n\r\nhello{Next}"),
        new("chunks that Connection names", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nConnection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{Next}"),
        new("an upgrade with a body", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: 5\r\n\r\nhello{Next}"),
        new("an upgrade to h2c", $"GET /t000t/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n{Next}"),
        new("a second Host behind a line feed", $"GET /t000t/ HTTP/1.1\r\nHost: a\nHost: b\r\n\r\n{Next}"),
        new("an absolute target of another host", $"GET http://b/t000t/ HTTP/1.1\r\nHost: a\r\n\r\n{Next}"),
        new("an absolute target of the same host", $"GET http://a/t000t/ HTTP/1.1\r\nHost: a\r\n\r\n{Next}"),
        new("a length with an underscore", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nContent_Length: 5\r\n\r\n{Next}"),
        new("an empty name", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\n: Content-Length: 5\r\n\r\n{Next}"),
        new("many zeros in front of a chunk size", $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n000000000000005\r\nhello\r\n0\r\n\r\n{Next}"),
    ];

    /// <summary>Its bytes, with a tag of its own.</summary>
    public byte[] Bytes(string tag) => Encoding.Latin1.GetBytes(Text.Replace(NoTag, tag, StringComparison.Ordinal));

    /// <summary>The tag of the request with this target.</summary>
    public static string TagOf(string target) => Tag().Match(target).Value;

    /// <summary>
    /// A request's head of docs/http.md, and behind it what tells how its body ends: chunks, of which a length takes
    /// another part. Null if its target has no path for a tag.
    /// </summary>
    public static Payload? OfHead(string name, string head) =>
        Path().IsMatch(head) ? new(name, $"{Path().Replace(head, "$1/t000t/", 1)}5\r\nhello\r\n0\r\n\r\n{Next}") : null;

    /// <summary>A chunked body of docs/http.md.</summary>
    public static Payload OfChunks(string name, string body) =>
        new(name, $"POST /t000t/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}{Next}");

    [GeneratedRegex("t[0-9]{3}t")]
    private static partial Regex Tag();

    /// <summary>What stands before a path, and its first slash.</summary>
    [GeneratedRegex(@"(\A[\r\n]*[^\r\n]*? (?:http://[^/ ]*)?)/")]
    private static partial Regex Path();
}
