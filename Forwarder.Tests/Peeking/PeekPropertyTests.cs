using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using CsCheck;
using SniForward.Peeking;

namespace SniForward.Tests.Peeking;

public sealed class PeekPropertyTests
{
    private static readonly Gen<string> GenName = Gen.String[Gen.Char['!', '~'], 1, PeekResult.MaxNameLength];
    private static readonly Gen<string[]> GenAlpn = Gen.String[Gen.Char['!', '~'], 1, 20].Array[0, 5];
    private static readonly Gen<int[]> GenSizes = Gen.Int[1, 400].Array[1, 6];

    private static readonly Gen<byte[]> GenOtherExtension = Gen.Select(
        Gen.OneOf(0x0a0a, 0x000a, 0x0015, 0x0023, 0x002b, 0x002d, 0x0033, 0xff01), Gen.Byte.Array[0, 60],
        (type, data) => HelloBuilder.Extension((ushort)type, data));

    /// <summary>Extensions right and wrong, so that mutation starts near every check.</summary>
    private static readonly Gen<byte[]> GenExtension = Gen.Frequency(
        (6, GenOtherExtension),
        (3, GenName.Select(name => HelloBuilder.ServerName(name))),
        (1, GenName.Array[0, 2].Select(names => HelloBuilder.ServerName(names))),
        (1, Gen.Select(Gen.Byte, GenName, (type, name) => HelloBuilder.ServerNameList(HelloBuilder.NameEntry(type, name)))),
        (3, GenAlpn.Select(names => HelloBuilder.Alpn(names))),
        (1, Gen.Const(HelloBuilder.Ech())));

    internal static readonly Gen<byte[]> GenHello = Gen.Select(
        GenExtension.Array[0, 6], Gen.Int[0, 33], GenSizes,
        (extensions, session, sizes) => new HelloBuilder
        {
            Extensions = extensions,
            Session = HelloBuilder.Filled(session, 0x5e),
        }.Records(sizes));

    private static readonly Gen<string> GenTarget = Gen.OneOf(
        "/", "/a?b=c", "*", "http://a.example", "HTTPS://A.example.:80/x", "http://b/", "http://u@a/", "a.example:443", "b:1", "/a b", "");

    private static readonly Gen<string> GenField = Gen.OneOf(
        "Host: a.example\r\n", "host:A.EXAMPLE.:443\r\n", "Host: b\n", "Host:\r\n", "Host : a\r\n", "HOST: \t a.example\t\r\n",
        "X: y\r\n", "Accept: */*\r\n", " folded\r\n", "nothing\r\n", ": empty\r\n", "\rX: y\r\n", "Referer: http://b/\r\n");

    private static readonly Gen<byte[]> GenHead = Gen.Select(
        Gen.OneOf("", "", "", "\r\n", "\n", "\r"),
        Gen.OneOf("GET", "GET", "POST", "CONNECT", "OPTIONS", "PROPFIND", "get", "SSH-2.0-x", ""),
        GenTarget,
        Gen.OneOf("HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/1", "x"),
        GenField.Array[0, 4],
        (before, method, target, version, fields) =>
            Encoding.Latin1.GetBytes($"{before}{method} {target} {version}\r\n{string.Concat(fields)}\r\nbody"));

    private static readonly Gen<Func<byte[], byte[]>> GenMutation = Gen.Select(Gen.Int[0, 3], Gen.Double[0, 1], Gen.Int[1, 8], Gen.Byte,
        Gen.OneOf<byte>(0x00, 0x01, 0x03, 0x09, 0x0a, 0x0d, 0x16, 0x20, 0x2e, 0x3a, 0x40, 0xff),
        (kind, place, length, any, special) => new Func<byte[], byte[]>(bytes =>
        {
            if (bytes.Length == 0) return bytes;
            var at = Math.Min((int)(place * bytes.Length), bytes.Length - 1);
            var end = Math.Min(at + length, bytes.Length);
            return kind switch
            {
                0 => [.. bytes[..at], (length & 1) == 0 ? any : special, .. bytes[(at + 1)..]],
                1 => [.. bytes[..at], .. bytes[end..]],
                2 => [.. bytes[..end], .. bytes[at..]],
                _ => bytes[..at],
            };
        }));

    [Fact]
    public void A_made_hello_gives_back_its_name_its_ALPN_and_its_ECH() =>
        Gen.Select(GenName, GenAlpn.Where(names => names.Length > 0), Gen.Bool, GenOtherExtension.Array[0, 6], GenSizes)
            .Sample((name, alpn, isEch, others, sizes) =>
            {
                byte[][] extensions = [.. others, .. isEch ? [HelloBuilder.Ech()] : Array.Empty<byte[]>(), HelloBuilder.ServerName(name), HelloBuilder.Alpn(alpn)];
                var bytes = new HelloBuilder { Extensions = extensions }.Records(sizes);

                var expected = new Finding(PeekAnswer.Found, Protocols.Tls, name, string.Join(',', alpn), isEch, null);
                Assert.Equal(expected, Arrivals.Whole(Arrivals.NewHello, bytes));
            });

    [Fact]
    public void Any_hello_is_the_same_in_any_deliveries_and_segments() => AssertSameInAnyArrival(Arrivals.NewHello, GenHello);

    [Fact]
    public void Any_head_is_the_same_in_any_deliveries_and_segments() => AssertSameInAnyArrival(Arrivals.NewHead, GenHead);

    [Fact]
    public void A_mutated_hello_is_what_the_slow_reader_says() =>
        AssertAgrees(Arrivals.NewHello, Mutated(GenHello), HelloOracle.Read);

    [Fact]
    public void A_mutated_head_is_what_the_slow_reader_says() =>
        AssertAgrees(Arrivals.NewHead, Mutated(GenHead), HeadOracle.Read);

    /// <summary>Every length at every level lies, by one, by much, and by being zero; and so does every other byte.</summary>
    [Fact]
    public void A_hello_with_any_byte_changed_is_what_the_slow_reader_says()
    {
        var hello = (HelloBuilder.For("app.example.com", "h2", "http/1.1") with { Session = HelloBuilder.Filled(4, 0x5e) }).Records();
        AssertAgreesOnEachByte(hello, Arrivals.NewHello, HelloOracle.Read);
    }

    [Fact]
    public void An_HTTP2_flight_with_any_byte_changed_is_what_the_slow_reader_says() =>
        AssertAgreesOnEachByte(Http2Builder.Flight(Http2Builder.Get("app.example.com", Http2Builder.Literal("host", "app.example.com"))), Arrivals.NewPreface, Http2Oracle.Read);

    [Fact]
    public void A_head_with_any_byte_changed_is_what_the_slow_reader_says() =>
        AssertAgreesOnEachByte("GET http://a.example/ HTTP/1.1\r\nX: y\r\nHost: a.example\r\n\r\n"u8.ToArray(), Arrivals.NewHead, HeadOracle.Read);

    [Fact]
    public void Random_bytes_are_what_the_slow_readers_say()
    {
        var random = Gen.Byte.Array[0, 200];
        AssertAgrees(Arrivals.NewHello, random, HelloOracle.Read);
        AssertAgrees(Arrivals.NewHello, random.Select(bytes => (byte[])[0x16, 0x03, 0x01, 0x00, 0x50, 0x01, 0x00, 0x00, 0x4c, .. bytes]), HelloOracle.Read);
        AssertAgrees(Arrivals.NewHead, random, HeadOracle.Read);
        AssertAgrees(Arrivals.NewHead, random.Select(bytes => (byte[])[.. "GET / HTTP/1.1\r\n"u8, .. bytes]), HeadOracle.Read);
    }

    [Fact]
    public void The_made_hellos_and_heads_reach_every_answer()
    {
        AssertReaches(Arrivals.NewHello, GenHello, PeekAnswer.Found, PeekAnswer.NoName, PeekAnswer.Malformed);
        AssertReaches(Arrivals.NewHead, GenHead, PeekAnswer.Found, PeekAnswer.NoName, PeekAnswer.Malformed, PeekAnswer.NotMine);
    }

    internal static void AssertReaches(Func<Parser> parser, Gen<byte[]> made, params PeekAnswer[] answers)
    {
        var reached = new ConcurrentDictionary<PeekAnswer, bool>();
        made.Sample(bytes => { reached[Arrivals.Whole(parser, bytes).Answer] = true; }, iter: 5000);
        Assert.Superset(answers.ToHashSet(), reached.Keys.ToHashSet());
    }

    /// <summary>Asserts that neither deliveries nor segments change what is found in a mutation of <paramref name="made"/>.</summary>
    internal static void AssertSameInAnyArrival(Func<Parser> parser, Gen<byte[]> made) =>
        Gen.Select(Mutated(made), Gen.Int[1, 50].Array[1, 40], Gen.Int[1, 70], Gen.Int[20, 1500]).Sample((bytes, steps, segment, maxBytes) =>
        {
            var whole = Arrivals.Segments(bytes, segment);
            var deliveries = new List<ReadOnlySequence<byte>>();
            var at = 0;
            foreach (var step in steps) deliveries.Add(whole.Slice(0, at = Math.Min(at + step, bytes.Length)));
            deliveries.Add(whole);

            Assert.Equal(Arrivals.Whole(parser, bytes, maxBytes), Arrivals.Read(parser(), deliveries, maxBytes));
        }, iter: 20_000);

    private static void AssertAgrees(Func<Parser> parser, Gen<byte[]> made, Func<byte[], int, (PeekAnswer, string)> oracle) =>
        Gen.Select(made, Gen.OneOf(Gen.Const(Arrivals.MaxBytes), Gen.Int[20, 1500])).Sample((bytes, maxBytes) =>
        {
            var found = Arrivals.Whole(parser, bytes, maxBytes);
            var name = found.Answer is PeekAnswer.NeedMore ? "" : found.Name;
            Assert.Equal(oracle(bytes, maxBytes), (found.Answer, name));
        }, iter: 20_000);

    private static void AssertAgreesOnEachByte(byte[] bytes, Func<Parser> parser, Func<byte[], int, (PeekAnswer, string)> oracle)
    {
        for (var at = 0; at < bytes.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                byte[] changed = [.. bytes[..at], (byte)value, .. bytes[(at + 1)..]];
                var found = Arrivals.Whole(parser, changed);
                Assert.Equal(oracle(changed, Arrivals.MaxBytes), (found.Answer, found.Answer is PeekAnswer.NeedMore ? "" : found.Name));
            }
        }
    }

    /// <summary>As made, or with bytes changed, cut out, doubled or cut off.</summary>
    internal static Gen<byte[]> Mutated(Gen<byte[]> made) => Gen.Select(made, GenMutation.Array[0, 3],
        (bytes, mutations) => mutations.Aggregate(bytes, (now, mutation) => mutation(now)));
}
