using System.Collections.Concurrent;
using System.Text;
using CsCheck;
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

    [Fact]
    public void A_request_is_the_same_in_any_deliveries_and_segments() => AssertSameInAnyArrival(HeadReadings.Request, GenRequest);

    [Fact]
    public void A_mutated_request_is_what_the_slow_reader_says() => AssertAgrees(HeadReadings.Request, PeekPropertyTests.Mutated(GenRequest), RequestOracle.Read);

    [Fact]
    public void A_request_with_any_byte_changed_is_what_the_slow_reader_says() => AssertAgreesOnEachByte(
        "PUT http://a.example/ HTTP/1.1\r\nX: y\r\nHost: a.example\r\nConnection: b\r\nContent-Length: 12\r\n\r\n"u8.ToArray(), HeadReadings.Request, RequestOracle.Read);

    [Fact]
    public void The_made_requests_reach_every_answer() => AssertReaches(HeadReadings.Request, GenRequest, "POST", "GET", "PROPFIND", "OPTIONS", "Malformed:");

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
