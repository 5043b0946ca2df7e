using System.Buffers;
using System.Text;
using CsCheck;
using SniForward.Peeking;
using static SniForward.Tests.Peeking.Http2Builder;

namespace SniForward.Tests.Peeking;

/// <summary>What of a request is put behind another scheme and host; every request here is one that a peek finds well formed.</summary>
public sealed class RequestTargetTests
{
    [Theory]
    [InlineData("GET / HTTP/1.1", "/")]
    [InlineData("GET /a/b?c=d&e=%20 HTTP/1.1", "/a/b?c=d&e=%20")]
    [InlineData("\r\n\nHEAD /x HTTP/1.0", "/x")]
    [InlineData("GET //evil.example/x HTTP/1.1", "//evil.example/x")]
    [InlineData("GET /\\evil.example HTTP/1.1", "/%5Cevil.example")]
    [InlineData("GET /@evil.example HTTP/1.1", "/@evil.example")]
    [InlineData("GET http://app.example HTTP/1.1", "/")]
    [InlineData("GET http://app.example/ HTTP/1.1", "/")]
    [InlineData("GET HTTP://app.example:80/a?b HTTP/1.1", "/a?b")]
    [InlineData("GET http://app.example?b=://c/ HTTP/1.1", "/?b=://c/")]
    [InlineData("GET http://app.example#f HTTP/1.1", "/%23f")]
    [InlineData("GET /p#f HTTP/1.1", "/p%23f")]
    [InlineData("GET /\xE9\xFF\"<>^`{|} HTTP/1.1", "/%E9%FF%22%3C%3E%5E%60%7B%7C%7D")]
    [InlineData("GET /a%0d%0aSet-Cookie:x HTTP/1.1", "/a%0d%0aSet-Cookie:x")]
    [InlineData("GET /a[1]=!$&'()*+,;=-._~%zz HTTP/1.1", "/a[1]=!$&'()*+,;=-._~%zz")]
    [InlineData("OPTIONS * HTTP/1.1", "/")]
    [InlineData("CONNECT app.example:443 HTTP/1.1", "/")]
    public void Of_an_HTTP1_request_it_is_the_path_and_the_query(string line, string target)
    {
        var request = Encoding.Latin1.GetBytes($"{line}\r\nHost: app.example\r\n\r\nbody");

        Assert.Equal(target, Written(request, Protocols.Http));
        Assert.Equal(target, Written(Encoding.Latin1.GetBytes($"{line}\nHost: app.example\n\n"), Protocols.Http));
    }

    [Theory]
    [InlineData("/a/b?c", "/a/b?c")]
    [InlineData("*", "/")]
    [InlineData(".evil.example/", "/.evil.example/")]
    [InlineData("@evil.example/", "/@evil.example/")]
    [InlineData(":80", "/:80")]
    [InlineData("/a b\tc\x01\x7f", "/a%20b%09c%01%7F")]
    public void Of_an_HTTP2_request_it_is_the_path(string path, string target)
    {
        byte[] block = [0x82, 0x86, .. Literal(4, path), .. Literal(1, "app.example")];
        byte[] padded = [.. Start, .. Frame(Ping, 0, 0, new byte[8]), .. Frame(Headers, Padded | HasPriority | EndStream, 3, [2, 0, 0, 0, 0, 9, .. block[..4], 0, 0]), .. Frame(Continuation, EndHeaders, 3, block[4..]), 1, 2, 3];

        Assert.Equal(target, Written(Flight(block), Protocols.H2c));
        Assert.Equal(target, Written(padded, Protocols.H2c));
        Assert.Equal(target, Written(Flight([0x82, 0x86, .. Literal(4, path, huffman: true), .. Literal(1, "app.example")]), Protocols.H2c));
    }

    [Fact]
    public void CONNECT_by_HTTP2_has_none() =>
        Assert.Equal("/", Written(Flight([.. Literal(2, "CONNECT"), .. Literal(1, "app.example:443")]), Protocols.H2c));

    [Fact]
    public void What_does_not_fit_is_said_so()
    {
        var request = Encoding.Latin1.GetBytes("GET /12\xE9 HTTP/1.1\r\nHost: a\r\n\r\n");

        for (var room = 0; room < 8; room++)
            Assert.Equal(room >= 6, RequestTarget.TryWrite(new ReadOnlySequence<byte>(request), Protocols.Http, new byte[room], out _));
    }

    [Fact]
    public void Whatever_the_path_is_it_begins_with_a_slash_and_has_only_bytes_of_a_URI() =>
        Gen.Byte[0x20, 0xff].Array[1, 50].Where(path => path[0] is not ((byte)' ' or (byte)'\t') && path[^1] is not ((byte)' ' or (byte)'\t')).Sample(path =>
        {
            var written = Written(Flight([0x82, 0x86, .. Literal(4, Encoding.Latin1.GetString(path)), .. Literal(1, "app.example")]), Protocols.H2c);

            Assert.StartsWith("/", written, StringComparison.Ordinal);
            Assert.True(written.All(letter => char.IsAsciiLetterOrDigit(letter) || "%-._~:/?[]@!$&'()*+,;=".Contains(letter, StringComparison.Ordinal)));
        }, iter: 20_000);

    private static string Written(byte[] request, Protocols protocol)
    {
        var found = new PeekResult();
        var answer = protocol == Protocols.Http
            ? new HttpHead().Read(new ReadOnlySequence<byte>(request), 1 << 16, ref found)
            : new Http2Preface().Read(new ReadOnlySequence<byte>(request), 1 << 16, ref found);
        Assert.True(answer is PeekAnswer.Found, found.Reason);

        var (whole, parts) = (new byte[1000], new byte[1000]);
        Assert.True(RequestTarget.TryWrite(new ReadOnlySequence<byte>(request), protocol, whole, out var length));
        Assert.True(RequestTarget.TryWrite(Arrivals.Segments(request, 1), protocol, parts, out _));
        Assert.Equal(whole, parts);
        return Encoding.Latin1.GetString(whole.AsSpan(0, length));
    }
}
