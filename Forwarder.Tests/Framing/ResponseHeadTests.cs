using System.Buffers;
using System.Text;
using SniForward.Framing;
using SniForward.Tests.Peeking;

namespace SniForward.Tests.Framing;

/// <summary>What is found in answers that are well formed. docs/http.md has those that are not.</summary>
public sealed class ResponseHeadTests
{
    private static readonly Dictionary<string, (RequestMethod To, string Head, string Expected)> Vectors = new()
    {
        ["an answer"] = (RequestMethod.Get, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200 Length 5 keep (ContentLength)"),
        ["a reason of any bytes"] = (RequestMethod.Get, "HTTP/1.1 404 \xE9 \t!\r\nContent-Length: 0\r\n\r\n", "404 Length 0 keep (ContentLength)"),
        ["an empty reason"] = (RequestMethod.Get, "HTTP/1.1 999 \r\nContent-Length: 0\r\n\r\n", "999 Length 0 keep (ContentLength)"),
        ["no reason"] = (RequestMethod.Get, "HTTP/1.1 500\r\nContent-Length: 0\r\n\r\n", "500 Length 0 keep (ContentLength)"),
        ["chunks"] = (RequestMethod.Post, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200 Chunked keep (TransferEncoding)"),
        ["chunks, and the last answer"] = (RequestMethod.Post, "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n", "200 Chunked close (TransferEncoding, Connection)"),
        ["a body without a length"] = (RequestMethod.Other, "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n", "200 UntilClose close (Connection)"),
        ["HTTP/1.0"] = (RequestMethod.Get, "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", "200 1.0 Length 5 close (ContentLength)"),
        ["HTTP/1.0 that keeps alive"] = (RequestMethod.Get, "HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n", "200 1.0 Length 5 keep (ContentLength, Connection)"),
        ["HTTP/1.0 that cannot keep alive"] = (RequestMethod.Get, "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", "200 1.0 UntilClose close (Connection)"),
        ["to HEAD"] = (RequestMethod.Head, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200 None keep (ContentLength)"),
        ["to HEAD, without a length"] = (RequestMethod.Head, "HTTP/1.1 200 OK\r\n\r\n", "200 None keep (None)"),
        ["not modified"] = (RequestMethod.Get, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "304 None keep (ContentLength)"),
        ["no content"] = (RequestMethod.Get, "HTTP/1.1 204 No Content\r\n\r\n", "204 None keep (None)"),
        ["no content, and saying so"] = (RequestMethod.Get, "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "204 None keep (ContentLength)"),
        ["100 (Continue)"] = (RequestMethod.Post, "HTTP/1.1 100 Continue\r\n\r\n", "100 interim None keep (None)"),
        ["103 (Early Hints)"] = (RequestMethod.Get, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", "103 interim None keep (None)"),
        ["another protocol"] = (RequestMethod.Get, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "101 Tunnel close (Connection, Upgrade)"),
        ["to CONNECT"] = (RequestMethod.Connect, "HTTP/1.1 200 OK\r\n\r\n", "200 Tunnel close (None)"),
        ["to CONNECT, with a length, which plays no part"] = (RequestMethod.Connect, "HTTP/1.1 299 OK\r\nContent-Length: 5\r\n\r\n", "299 Tunnel close (ContentLength)"),
        ["to CONNECT, which failed"] = (RequestMethod.Connect, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 5\r\n\r\n", "502 Length 5 keep (ContentLength)"),
        ["fields that Connection names"] = (RequestMethod.Get, "HTTP/1.1 204 No Content\r\nConnection: x, TE, y\r\n\r\n", "204 None keep (Connection) x,y"),
    };

    public static TheoryData<string> Names => [.. Vectors.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_answer_is_read_however_it_arrives(string name)
    {
        var (method, head, expected) = Vectors[name];

        HeadReadings.AssertAlways($"{expected} {head.Length}", HeadReadings.Response(method), Encoding.Latin1.GetBytes(head));
        HeadReadings.AssertAlways($"{expected} {head.Length}", HeadReadings.Response(method), Encoding.Latin1.GetBytes($"{head}\r\n\0 what follows"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("H")]
    [InlineData("HTTP/1.1 200 OK\r\n\r")]
    public void Part_of_a_head_needs_more(string part) => HeadReadings.AssertAlways("NeedMore", HeadReadings.Response(RequestMethod.Get), Encoding.Latin1.GetBytes(part));

    [Fact]
    public void A_head_may_take_as_many_bytes_as_it_may_and_not_one_more()
    {
        var head = "HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray();

        HeadReadings.AssertAlways($"204 None keep (None) {head.Length}", HeadReadings.Response(RequestMethod.Get), head, head.Length);
        HeadReadings.AssertAlways("TooLarge", HeadReadings.Response(RequestMethod.Get), head, head.Length - 1);
    }

    [Fact]
    public void Reading_an_answer_allocates_nothing()
    {
        var head = "HTTP/1.1 200 OK\r\nServer: x\r\nConnection: x\r\nContent-Length: 5\r\n\r\n"u8.ToArray();
        ReadOnlySequence<byte>[] arrivals = [new(head), Arrivals.TwoSegments(head, 20), Arrivals.Segments(head, 1)];

        Allocations.AssertNone(() =>
        {
            foreach (var received in arrivals) Assert.True(new ResponseHead(RequestMethod.Get).Read(received, Arrivals.MaxBytes) is HeadAnswer.Found);
        });
    }
}
