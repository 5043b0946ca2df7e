using System.Buffers;
using System.Text;
using SniForward.Framing;
using SniForward.Tests.Peeking;

namespace SniForward.Tests.Framing;

/// <summary>What is found in requests that are well formed. docs/http.md has those that are not.</summary>
public sealed class RequestHeadTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n";

    private static readonly Dictionary<string, (string Head, string Expected)> Vectors = new()
    {
        ["a request"] = ($"{Get}\r\n", "GET / @a None keep (None)"),
        ["a request with fields that say nothing"] = ($"{Get}Accept: */*\r\nX:\r\nTrailer: x\r\nVia: 1.1 x\r\nHosts: b\r\nX-Forwarded: x\r\n\r\n", "GET / @a None keep (None)"),
        ["every other method"] = ("PROPFIND /x?y HTTP/1.1\r\nHost: a:80\r\n\r\n", "PROPFIND /x?y @a:80 None keep (None)"),
        ["spaces and tabs around the Host"] = ("GET / HTTP/1.1\r\nHOST: \t a\t \r\n\r\n", "GET / @a None keep (None)"),
        ["an absolute target"] = ("GET HTTP://A.example:80/x HTTP/1.1\r\nHost: a.Example.\r\n\r\n", "GET HTTP://A.example:80/x Absolute @a.Example. None keep (None)"),
        ["an absolute target without Host"] = ("GET http://a:80?x HTTP/1.0\r\n\r\n", "GET http://a:80?x Absolute @a:80 1.0 None close (None)"),
        ["CONNECT"] = ("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT a:443 Authority @a None keep (None)"),
        ["CONNECT without a body, and saying so"] = ("CONNECT a:443 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "CONNECT a:443 Authority @a Length 0 keep (ContentLength)"),
        ["OPTIONS *"] = ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * Asterisk @a None keep (None)"),
        ["no host in HTTP/1.0"] = ("GET / HTTP/1.0\r\n\r\n", "GET / @ 1.0 None close (None)"),
        ["an empty Host"] = ("GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / @ None keep (None)"),
        ["empty lines before the request"] = ($"\r\n\r\n{Get}\r\n", "GET / @a None keep (None)"),
        ["bytes above ASCII and tabs in a value"] = ($"{Get}X: \xE9\t\xFF\r\n\r\n", "GET / @a None keep (None)"),

        ["a length"] = ("POST / HTTP/1.1\r\nHost: a\r\ncontent-length:\t5 \r\n\r\n", "POST / @a Length 5 keep (ContentLength)"),
        ["a length with zeros in front"] = ($"{Get}Content-Length: 0005\r\n\r\n", "GET / @a Length 5 keep (ContentLength)"),
        ["the greatest length"] = ($"{Get}Content-Length: {new string('9', 18)}\r\n\r\n", $"GET / @a Length {new string('9', 18)} keep (ContentLength)"),
        ["chunks"] = ("PUT / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: Chunked\r\n\r\n", "PUT / @a Chunked keep (TransferEncoding)"),
        ["a body in HTTP/1.0"] = ("POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\n", "POST / @ 1.0 Length 5 close (ContentLength)"),
        ["no body in HTTP/1.0, and saying so"] = ("GET / HTTP/1.0\r\nContent-Length: 0\r\n\r\n", "GET / @ 1.0 Length 0 close (ContentLength)"),

        ["close"] = ($"{Get}Connection: Close\r\n\r\n", "GET / @a None close (Connection)"),
        ["close and keep-alive"] = ($"{Get}Connection: keep-alive, close\r\n\r\n", "GET / @a None close (Connection)"),
        ["close in the second Connection"] = ($"{Get}Connection: keep-alive\r\nConnection: close\r\n\r\n", "GET / @a None close (Connection)"),
        ["keep-alive in HTTP/1.0"] = ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\nKeep-Alive: 5\r\n\r\n", "GET / @ 1.0 None keep (Connection, KeepAlive)"),
        ["Proxy-Connection, which says nothing"] = ("GET / HTTP/1.0\r\nProxy-Connection: keep-alive\r\n\r\n", "GET / @ 1.0 None close (ProxyConnection)"),
        ["fields that Connection names"] = ($"{Get}Connection: , X-a ,\t,keep-alive,B\r\nTE: trailers\r\nConnection: TE,, c\r\n\r\n", "GET / @a None keep (Connection, Te) X-a,B,c"),
        ["the most fields that Connection may name"] = ($"{Get}Connection: {string.Join(',', Enumerable.Range(10, 16))}\r\n\r\n", $"GET / @a None keep (Connection) {string.Join(',', Enumerable.Range(10, 16))}"),
        ["an empty Connection"] = ($"{Get}Connection:\r\n\r\n", "GET / @a None keep (Connection)"),

        ["an upgrade"] = ($"{Get}Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n", "GET / @a None keep upgrade (Connection, Upgrade)"),
        ["Upgrade without Connection"] = ($"{Get}Upgrade: websocket\r\n\r\n", "GET / @a None keep (Upgrade)"),
        ["Connection without Upgrade"] = ($"{Get}Connection: upgrade\r\n\r\n", "GET / @a None keep (Connection)"),
        ["an upgrade in HTTP/1.0"] = ("GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", "GET / @ 1.0 None close (Connection, Upgrade)"),
        ["an upgrade to h2c"] = ($"{Get}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: websocket, H2C\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", "GET / @a None keep upgrade h2c (Connection, Upgrade, Http2Settings)"),

        ["Expect"] = ("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n", "POST / @a Length 1 keep expect (ContentLength, Expect)"),
        ["Expect in HTTP/1.0"] = ("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", "POST / @ 1.0 Length 1 close (ContentLength, Expect)"),
        ["another Expect"] = ($"{Get}Expect: 100-continued, 100\r\n\r\n", "GET / @a None keep (Expect)"),
        ["Expect in a list"] = ($"{Get}Expect: x, 100-continue\r\n\r\n", "GET / @a None keep expect (Expect)"),

        ["Forwarded and X-Forwarded-*"] = ($"{Get}forwarded: for=b\r\nX-FORWARDED-FOR: b\r\nX-Forwarded-Ssl: on\r\n\r\n", "GET / @a None keep (Forwarded, XForwardedFor, XForwardedOther)"),
        ["X-Forwarded-* of every kind"] = ($"{Get}x-forwarded-proto: b\r\nX-Forwarded-Host: b\r\nX_FORWARDED-For: b\r\n\r\n", "GET / @a None keep (XForwardedProto, XForwardedHost, XForwardedOther)"),
    };

    public static TheoryData<string> Names => [.. Vectors.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_request_is_read_however_it_arrives(string name)
    {
        var (head, expected) = Vectors[name];
        var start = head.Length - head.TrimStart('\r', '\n').Length;

        HeadReadings.AssertAlways($"{expected} {start}..{head.Length}", HeadReadings.Request, Encoding.Latin1.GetBytes(head));
        HeadReadings.AssertAlways($"{expected} {start}..{head.Length}", HeadReadings.Request, Encoding.Latin1.GetBytes($"{head}\r\n\0 what follows"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r")]
    [InlineData("\r\n\r\n")]
    [InlineData("G")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r")]
    public void Part_of_a_head_needs_more(string part) => HeadReadings.AssertAlways("NeedMore", HeadReadings.Request, Encoding.Latin1.GetBytes(part));

    [Fact]
    public void A_head_may_take_as_many_bytes_as_it_may_and_not_one_more()
    {
        var head = Encoding.Latin1.GetBytes($"{Get}\r\n");

        HeadReadings.AssertAlways($"GET / @a None keep (None) 0..{head.Length}", HeadReadings.Request, head, head.Length);
        HeadReadings.AssertAlways("TooLarge", HeadReadings.Request, head, head.Length - 1);
        HeadReadings.AssertAlways("TooLarge", HeadReadings.Request, [.. "\r\n\r\n"u8, .. head], head.Length);
    }

    [Fact]
    public void What_follows_the_most_that_a_head_may_take_does_not_count() =>
        HeadReadings.AssertAlways("TooLarge", HeadReadings.Request, Encoding.Latin1.GetBytes($"{Get}\0"), Get.Length);

    [Theory]
    [InlineData("GET", true)]
    [InlineData("HEAD", true)]
    [InlineData("PUT", true)]
    [InlineData("DELETE", true)]
    [InlineData("OPTIONS", true)]
    [InlineData("TRACE", true)]
    [InlineData("POST", false)]
    [InlineData("PATCH", false)]
    [InlineData("CONNECT", false)]
    [InlineData("PROPFIND", false)]
    public void To_ask_twice_is_as_good_as_once_for_some_methods(string name, bool isIdempotent)
    {
        var method = RequestMethods.Of(Encoding.ASCII.GetBytes(name));

        Assert.Equal(isIdempotent, method.IsIdempotent());
        Assert.Equal(name == "PROPFIND", method is RequestMethod.Other);
        Assert.Equal(RequestMethod.Other, RequestMethods.Of(Encoding.ASCII.GetBytes(name.ToLowerInvariant())));
    }

    [Fact]
    public void Reading_a_request_allocates_nothing()
    {
        var head = Encoding.ASCII.GetBytes("POST / HTTP/1.1\r\nHost: a\r\nConnection: x, y\r\nUpgrade: b\r\nContent-Length: 5\r\nX-Forwarded-For: c\r\n\r\n");
        ReadOnlySequence<byte>[] arrivals = [new(head), Arrivals.TwoSegments(head, 20), Arrivals.Segments(head, 1)];

        Allocations.AssertNone(() =>
        {
            foreach (var received in arrivals) Assert.True(new RequestHead().Read(received, Arrivals.MaxBytes) is HeadAnswer.Found);
        });
    }

    /// <summary>Whoever read again what was read would fall over what stands there now.</summary>
    [Fact]
    public void A_line_that_was_read_is_not_looked_at_again()
    {
        byte[] head = [.. "GET / HTTP/1.1\r\nHost: a\r\n"u8, .. Enumerable.Range(0, 6000).SelectMany(_ => "A: bcdefghijklmn\r\n"u8.ToArray()), .. "\r\n"u8];
        var received = new byte[head.Length];
        var reader = new RequestHead();
        for (var length = 1; length <= head.Length; length++)
        {
            received[length - 1] = head[length - 1];
            // The longest line has 18 bytes.
            if (length > 18) received[length - 19] = 0;
            Assert.Equal(length < head.Length ? HeadAnswer.NeedMore : HeadAnswer.Found, reader.Read(new(received, 0, length), int.MaxValue));
        }
    }

    [Fact]
    public void A_byte_that_was_searched_is_not_searched_again_before_the_line_is_whole()
    {
        byte[] line = [.. "GET /"u8, .. Enumerable.Repeat((byte)'a', 60_000), .. " HTTP/1.1\r\n"u8];
        var received = new byte[line.Length];
        var reader = new RequestHead();
        for (var length = 1; length < line.Length; length++)
        {
            received[length - 1] = line[length - 1];
            if (length > 1) received[length - 2] = 0;
            Assert.Equal(HeadAnswer.NeedMore, reader.Read(new(received, 0, length), int.MaxValue));
        }
    }

}
