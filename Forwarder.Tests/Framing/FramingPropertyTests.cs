using System.Collections.Concurrent;
using System.Text;
using CsCheck;
using SniForward.Framing;
using SniForward.Tests.Peeking;

namespace SniForward.Tests.Framing;

public sealed class FramingPropertyTests
{
    private static readonly Gen<string> GenTarget = Gen.Frequency(
        (6, Gen.OneOf("/", "/a?b=c", "*", "http://a.example", "HTTPS://A.example.:80/x")),
        (1, Gen.OneOf("http://b/", "http://u@a/", "a.example:443", "/a b", "/#x", "")));

    private static readonly Gen<string> GenGoodField = Gen.OneOf(
        "Host: a.example", "host:A.EXAMPLE.:443", "HOST: \t a.example\t", "X: y", "Accept: */*", "Content-Length: 5", "content-length:\t0 ", "Transfer-Encoding: chunked",
        "Connection: close", "Connection: keep-alive", "Connection: upgrade, x", "Connection: ,TE\t, a,b ,", "Upgrade: websocket", "Upgrade: x, h2c", "Expect: 100-continue",
        "Keep-Alive: 5", "TE: trailers", "X-Forwarded-For: b", "Forwarded: for=b", "Proxy-Connection: close", "HTTP2-Settings: x");

    private static readonly Gen<string> GenBadField = Gen.OneOf(
        "Host: b", "Host:", "Host : a", " folded", "nothing", ": empty", "\rX: y", "X: \0", "Content-Length: +5", "Content-Length: 5, 5", "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked, chunked", "Connection: host", "Connection: a b", "X: y\nHost: a", $"Connection: {string.Join(',', Enumerable.Range(0, 17))}");

    private static readonly Gen<string> GenEnd = Gen.Frequency((30, Gen.Const("\r\n")), (1, Gen.OneOf("\n", "\r", "\r\r\n", "")));

    private static readonly Gen<string> GenFields = Gen.Select(
        Gen.Frequency((12, GenGoodField), (1, GenBadField)), GenEnd, (field, end) => field + end).Array[0, 5].Select(string.Concat);

    internal static readonly Gen<byte[]> GenRequest = Gen.Select(
        Gen.OneOf("", "", "", "\r\n", "\n"),
        Gen.OneOf("GET", "GET", "POST", "CONNECT", "OPTIONS", "PROPFIND", "TRACE", "get", "G=T", ""),
        GenTarget,
        Gen.OneOf("HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0"),
        Gen.OneOf("", "Host: a.example\r\n", "Host: a.example\r\n"),
        GenFields,
        (before, method, target, version, host, fields) => Encoding.Latin1.GetBytes($"{before}{method} {target} {version}\r\n{host}{fields}\r\nbody"));

    internal static readonly Gen<byte[]> GenResponse = Gen.Select(
        Gen.Frequency((30, Gen.OneOf("HTTP/1.1 ", "HTTP/1.1 ", "HTTP/1.0 ")), (1, Gen.OneOf("HTTP/2 ", "\r\nHTTP/1.1 "))),
        Gen.Frequency((12, Gen.OneOf("200", "204", "304", "100", "101", "404", "999")), (1, Gen.OneOf("099", "20", "2000"))),
        Gen.OneOf(" OK\r\n", " \r\n", "\r\n"),
        GenFields,
        (version, status, reason, fields) => Encoding.Latin1.GetBytes($"{version}{status}{reason}{fields}\r\nbody"));

    private static readonly Gen<string> GenGoodChunk = Gen.OneOf(
        "5\r\nhello\r\n", "00B\r\nhello world\r\n", "1;a=b\r\nx\r\n", "a\r\n0\r\n\r\n45678\r\n", "3;\t \xe9\r\n\r\n\n\r\n");

    private static readonly Gen<string> GenBadChunk = Gen.OneOf(
        "5\nhello\r\n", "5 \r\nhello\r\n", "5\r\nhello!\r\n", "-1\r\n", "0000000000000001\r\nx\r\n", "1;\n\r\nx\r\n", "1\r\nx\n");

    private static readonly Gen<string> GenTrailer = Gen.Frequency(
        (12, Gen.OneOf("A: b\r\n", "Checksum:\r\n", "x-forwarded: x\r\n", "Content-Lengths: 1\r\n")),
        (1, Gen.OneOf("Host: b\r\n", "X-Forwarded-For: b\r\n", "A : b\r\n", " b\r\n", "A: b\n", "b\r\n", ": b\r\n")));

    internal static readonly Gen<byte[]> GenChunks = Gen.Select(
        Gen.Frequency((12, GenGoodChunk), (1, GenBadChunk)).Array[0, 5], Gen.OneOf("0\r\n", "000;a\r\n"), GenTrailer.Array[0, 3],
        (chunks, last, trailers) => Encoding.Latin1.GetBytes($"{string.Concat(chunks)}{last}{string.Concat(trailers)}\r\nGET"));

    [Fact]
    public void A_request_is_the_same_in_any_deliveries_and_segments() => AssertSameInAnyArrival(HeadReadings.Request, GenRequest);

    [Fact]
    public void A_mutated_request_is_what_the_slow_reader_says() => AssertAgrees(HeadReadings.Request, PeekPropertyTests.Mutated(GenRequest), RequestOracle.Read);

    [Fact]
    public void A_request_with_any_byte_changed_is_what_the_slow_reader_says() => AssertAgreesOnEachByte(
        "PUT http://a.example/ HTTP/1.1\r\nX: y\r\nHost: a.example\r\nConnection: b\r\nContent-Length: 12\r\n\r\n"u8.ToArray(), HeadReadings.Request, RequestOracle.Read);

    [Fact]
    public void The_made_requests_reach_every_answer() => AssertReaches(HeadReadings.Request, GenRequest, "POST", "GET", "PROPFIND", "OPTIONS", "Malformed:");

    [Theory]
    [InlineData(RequestMethod.Get)]
    [InlineData(RequestMethod.Head)]
    [InlineData(RequestMethod.Connect)]
    internal void An_answer_is_the_same_in_any_deliveries_and_segments_and_what_the_slow_reader_says(RequestMethod method)
    {
        AssertSameInAnyArrival(HeadReadings.Response(method), GenResponse);
        AssertAgrees(HeadReadings.Response(method), PeekPropertyTests.Mutated(GenResponse), (bytes, maxBytes) => ResponseOracle.Read(method, bytes, maxBytes));
    }

    [Fact]
    public void An_answer_with_any_byte_changed_is_what_the_slow_reader_says() => AssertAgreesOnEachByte(
        "HTTP/1.1 200 OK\r\nConnection: b\r\nContent-Length: 12\r\n\r\n"u8.ToArray(), HeadReadings.Response(RequestMethod.Get), (bytes, maxBytes) => ResponseOracle.Read(RequestMethod.Get, bytes, maxBytes));

    [Fact]
    public void The_made_answers_reach_every_answer() => AssertReaches(HeadReadings.Response(RequestMethod.Get), GenResponse, "100", "101", "204", "304", "404", "Malformed:");

    [Fact]
    public void A_chunked_body_is_the_same_in_any_parts_and_what_the_slow_reader_says() =>
        Gen.Select(PeekPropertyTests.Mutated(GenChunks), Gen.Int[0, 30].Array[0, 20], Gen.Bool).Sample((bytes, sizes, isPassing) =>
        {
            var whole = BodyReading.Read(new BodyFraming(BodyKind.Chunked), BodyReading.Whole(bytes));

            Assert.Equal(whole, BodyReading.Read(new BodyFraming(BodyKind.Chunked), BodyReading.Parts(bytes, sizes), isPassing));
            Assert.Equal(BodyOracle.Read(bytes).Answer, WithoutReason(whole));
        }, iter: 50_000);

    [Fact]
    public void A_chunked_body_with_any_byte_changed_is_what_the_slow_reader_says()
    {
        var bytes = "5;a\r\nhello\r\n0\r\nTe: b\r\n\r\n"u8.ToArray();
        for (var at = 0; at < bytes.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                byte[] changed = [.. bytes[..at], (byte)value, .. bytes[(at + 1)..]];
                Assert.Equal(BodyOracle.Read(changed).Answer, WithoutReason(BodyReading.Read(new BodyFraming(BodyKind.Chunked), BodyReading.Whole(changed))));
            }
        }
    }

    [Fact]
    public void Whatever_is_in_chunks_they_end_where_they_end() =>
        Gen.Select(Gen.Byte.Array[1, 300].Array[0, 8], Gen.Byte.Array[0, 20], Gen.Int[0, 100].Array[0, 20]).Sample((chunks, behind, sizes) =>
        {
            byte[] body = [.. chunks.SelectMany(chunk => (byte[])[.. Encoding.ASCII.GetBytes($"{chunk.Length:x}\r\n"), .. chunk, .. "\r\n"u8]), .. "0\r\n\r\n"u8];

            Assert.Equal($"Ended {body.Length}", BodyReading.Read(new BodyFraming(BodyKind.Chunked), BodyReading.Parts([.. body, .. behind], sizes)));
        });

    /// <summary>Asserts that neither deliveries nor segments change what is found in a mutation of <paramref name="made"/>.</summary>
    private static void AssertSameInAnyArrival(HeadReading read, Gen<byte[]> made) =>
        Gen.Select(PeekPropertyTests.Mutated(made), Gen.Int[1, 50].Array[1, 40], Gen.Int[1, 70], Gen.Int[20, 400]).Sample((bytes, steps, segment, maxBytes) =>
        {
            var whole = Arrivals.Segments(bytes, segment);
            var ends = steps.Aggregate(new List<int> { 0 }, (ends, step) => [.. ends, Math.Min(ends[^1] + step, bytes.Length)]);

            Assert.Equal(read([new(bytes)], maxBytes), read([.. ends.Skip(1).Select(end => whole.Slice(0, end)), whole], maxBytes));
        }, iter: 20_000);

    private static void AssertAgrees(HeadReading read, Gen<byte[]> made, Func<byte[], int, string> oracle) =>
        Gen.Select(made, Gen.OneOf(Gen.Const(Arrivals.MaxBytes), Gen.Int[20, 400])).Sample((bytes, maxBytes) =>
            Assert.Equal(oracle(bytes, maxBytes), WithoutReason(read([new(bytes)], maxBytes))), iter: 20_000);

    private static void AssertAgreesOnEachByte(byte[] bytes, HeadReading read, Func<byte[], int, string> oracle)
    {
        for (var at = 0; at < bytes.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                byte[] changed = [.. bytes[..at], (byte)value, .. bytes[(at + 1)..]];
                Assert.Equal(oracle(changed, Arrivals.MaxBytes), WithoutReason(read([new(changed)], Arrivals.MaxBytes)));
            }
        }
    }

    private static void AssertReaches(HeadReading read, Gen<byte[]> made, params string[] words)
    {
        var reached = new ConcurrentDictionary<string, bool>();
        made.Sample(bytes => { reached[read([new(bytes)], Arrivals.MaxBytes).Split(' ')[0]] = true; }, iter: 5000);
        Assert.Superset(words.ToHashSet(), reached.Keys.ToHashSet());
    }

    private static string WithoutReason(string reading) => reading.StartsWith("Malformed", StringComparison.Ordinal) ? "Malformed" : reading;
}
