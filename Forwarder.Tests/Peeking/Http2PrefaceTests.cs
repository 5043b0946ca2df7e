using System.Buffers;
using CsCheck;
using SniForward.Peeking;
using static SniForward.Tests.Peeking.Http2Builder;

namespace SniForward.Tests.Peeking;

public sealed class Http2PrefaceTests
{
    private const string Name = "app.example.com";

    private static readonly byte[] MethodSchemePath = [0x82, 0x86, 0x84];

    private static readonly Dictionary<string, (byte[] Bytes, Finding Expected)> WellFormed = new()
    {
        ["a GET"] = (Flight(Get(Name)), Found()),
        ["an authority with a port"] = (Flight(Get(Name + ":8080")), Found(Name + ":8080")),
        ["an empty SETTINGS frame alone before it"] = ([.. Preface, .. Frame(Settings, 0, 0, []), .. Frame(Headers, EndHeaders, 1, Get(Name))], Found()),
        ["Huffman"] = (Flight([.. MethodSchemePath, .. Literal(1, Name, huffman: true)]), Found()),
        ["never indexed"] = (Flight([.. MethodSchemePath, .. Literal(1, Name, HpackForm.NeverIndexed)]), Found()),
        ["not indexed, the name written out"] = (Flight([.. MethodSchemePath, .. Literal(":authority", Name, HpackForm.NotIndexed, huffman: true)]), Found()),
        ["other fields behind"] = (Flight(Get(Name, Literal("user-agent", "curl"), Literal("te", "trailers"), Literal(16, "gzip"), Indexed(16))), Found()),
        ["a Host instead of an authority"] = (Flight([.. MethodSchemePath, .. Literal(38, Name)]), Found()),
        ["a Host of the same host"] = (Flight(Get(Name, Literal("host", "App.Example.COM.:80"))), Found()),
        ["an empty authority and a Host"] = (Flight([.. MethodSchemePath, .. Indexed(1), .. Literal("host", Name)]), Found()),
        ["no authority and no Host"] = (Flight(MethodSchemePath), NoName()),
        ["an empty authority"] = (Flight([.. MethodSchemePath, .. Indexed(1)]), NoName()),
        ["an empty Host"] = (Flight([.. MethodSchemePath, .. Indexed(38)]), NoName()),
        ["CONNECT"] = (Flight([.. Literal(2, "CONNECT"), .. Literal(1, Name + ":443")]), Found(Name + ":443")),
        ["a method of any name"] = (Flight([.. Literal(2, "BREW"), 0x86, 0x84, .. Literal(1, Name)]), Found()),
        ["OPTIONS of everything"] = (Flight([.. Literal(2, "OPTIONS"), 0x86, .. Literal(4, "*"), .. Literal(1, Name)]), Found()),
        ["pseudo-fields in another order"] = (Flight([.. Literal(1, Name), 0x84, 0x87, 0x83]), Found()),
        ["a stream other than the first"] = ([.. Start, .. Frame(Headers, EndHeaders, 13, Get(Name))], Found() with { StreamId = 13 }),
        ["the reserved bit of the stream"] = ([.. Start, .. Frame(Headers, EndHeaders, unchecked((int)0x8000_0003), Get(Name))], Found() with { StreamId = 3 }),
        ["padding"] = ([.. Start, .. Frame(Headers, EndHeaders | Padded, 1, [3, .. Get(Name), 0, 0, 0])], Found()),
        ["padding of nothing"] = ([.. Start, .. Frame(Headers, EndHeaders | Padded, 1, [0, .. Get(Name)])], Found()),
        ["a priority"] = ([.. Start, .. Frame(Headers, EndHeaders | HasPriority, 1, [0x80, 0, 0, 3, 200, .. Get(Name)])], Found()),
        ["padding and a priority"] = ([.. Start, .. Frame(Headers, EndHeaders | HasPriority | Padded, 1, [2, 0, 0, 0, 0, 15, .. Get(Name), 0, 0])], Found()),
        ["CONTINUATION"] = ([.. Start, .. Frame(Headers, 0, 1, Get(Name)[..7]), .. Frame(Continuation, EndHeaders, 1, Get(Name)[7..])], Found()),
        ["many CONTINUATIONs, some of them empty"] = (
            [.. Start, .. Frame(Headers, 0, 1, []), .. Get(Name).SelectMany(one => Frame(Continuation, 0, 1, [one])), .. Frame(Continuation, 0, 1, []), .. Frame(Continuation, EndHeaders, 1, [])], Found()),
        ["padding before CONTINUATION"] = (
            [.. Start, .. Frame(Headers, Padded, 1, [2, .. Get(Name)[..9], 0, 0]), .. Frame(Continuation, EndHeaders, 1, Get(Name)[9..])], Found()),
        ["frames of every kind that may come before"] = (
            [.. Start, .. Frame(Priority, 0, 3, [0, 0, 0, 0, 200]), .. Frame(Ping, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]), .. Frame(Settings, Ack, 0, []),
                .. Frame(Settings, 0, 0, [0, 2, 0, 0, 0, 0]), .. Frame(0x10, 0, 0, "\0\0\0\u0001u=1"u8.ToArray()), .. Frame(0xbb, 0xff, 77, new byte[50]),
                .. Frame(Headers, EndHeaders, 1, Get(Name))], Found()),
        ["the bytes of a request inside a frame that is skipped"] = (
            [.. Start, .. Frame(0xbb, 0, 0, Flight(Get("other.example"))), .. Frame(Headers, EndHeaders, 1, Get(Name))], Found()),
        ["bytes behind"] = ([.. Flight(Get(Name)), .. Frame(Data, 0, 1, [1, 2, 3]), 0xff], Found()),
        ["a size update, and another"] = (Flight([.. TableSize(0), .. TableSize(4096), .. Get(Name)]), Found()),
        ["the dynamic table: a Host by the value of the authority"] = (
            Flight([.. MethodSchemePath, .. Literal(1, Name), .. Literal("x", "y"), .. Indexed(62)]), Found()),
        ["the dynamic table: the authority by the name of an entry"] = (
            Flight([.. MethodSchemePath, .. Literal(":authority", Name), .. Literal("host", Name), .. Literal("x", "1"), .. Literal(62, "2"), .. Indexed(62)]), Found()),
        ["an entry as large as the table"] = (Flight(Get(Name, Literal("x", new string('y', 4096 - 33)), Indexed(62))), Found()),
        ["the longest name"] = (Flight(Get(new string('n', PeekResult.MaxNameLength))), Found(new string('n', PeekResult.MaxNameLength))),
        ["a path and fields of several KiB"] = (Flight([0x82, 0x86, .. Literal(4, "/" + new string('p', 5000)), .. Literal(1, Name), .. Literal("cookie", new string('c', 5000), huffman: true)]), Found()),
        ["RFC 7541 C.3.1"] = (Flight(Convert.FromHexString("828684410f7777772e6578616d706c652e636f6d")), Found("www.example.com")),
        ["RFC 7541 C.4.1"] = (Flight(Convert.FromHexString("828684418cf1e3c2e5f23a6ba0ab90f4ff")), Found("www.example.com")),
    };

    private static readonly Dictionary<string, (byte[] Bytes, Finding Expected)> MalformedFlights = new()
    {
        ["a preface broken in its second part"] = ("PRI * HTTP/2.0\r\n\r\nXM\r\n\r\n"u8.ToArray(), Malformed("the HTTP/2 preface is broken", 0)),
        ["a preface of line feeds"] = ("PRI * HTTP/2.0\r\n\nSM\n\n"u8.ToArray(), Malformed("the HTTP/2 preface is broken", 0)),
        ["no settings"] = ([.. Preface, .. Frame(Headers, EndHeaders, 1, Get(Name))], Malformed("the first HTTP/2 frame is not the client's settings", 0)),
        ["an acknowledgement instead of settings"] = ([.. Preface, .. Frame(Settings, Ack, 0, [])], Malformed("the first HTTP/2 frame is not the client's settings", 0)),
        ["settings of seven bytes"] = ([.. Preface, .. Frame(Settings, 0, 0, new byte[7])], Malformed("HTTP/2 settings do not fill their frame exactly", 0)),
        ["settings on a stream"] = ([.. Preface, .. Frame(Settings, 0, 1, [])], Malformed("HTTP/2 settings are sent on a stream", 0)),
        ["an acknowledgement that is not empty"] = ([.. Start, .. Frame(Settings, Ack, 0, new byte[6])], Malformed("an HTTP/2 settings acknowledgement is not empty", 0)),
        ["a frame of 16385 bytes"] = ([.. Start, .. Frame(0xbb, 0, 0, new byte[16_385])], Malformed("an HTTP/2 frame is longer than 16384 bytes", 0)),
        ["a frame of 2^24 - 1 bytes"] = ([.. Start, 0xff, 0xff, 0xff, 0x01, 0x04, 0, 0, 0, 1], Malformed("an HTTP/2 frame is longer than 16384 bytes", 0)),
        ["DATA first"] = ([.. Start, .. Frame(Data, 0, 1, [])], Malformed("an HTTP/2 frame of a request comes before the request", 0)),
        ["RST_STREAM first"] = ([.. Start, .. Frame(ResetStream, 0, 1, new byte[4])], Malformed("an HTTP/2 frame of a request comes before the request", 0)),
        ["PUSH_PROMISE first"] = ([.. Start, .. Frame(PushPromise, EndHeaders, 1, new byte[4])], Malformed("an HTTP/2 frame of a request comes before the request", 0)),
        ["CONTINUATION first"] = ([.. Start, .. Frame(Continuation, EndHeaders, 1, Get(Name))], Malformed("an HTTP/2 frame of a request comes before the request", 0)),
        ["GOAWAY first"] = ([.. Start, .. Frame(GoAway, 0, 0, new byte[8])], Malformed("the HTTP/2 client ends the connection before its first request", 0)),
        ["WINDOW_UPDATE of a stream that is not open"] = ([.. Start, .. Frame(WindowUpdate, 0, 1, [0, 0, 0, 1])], Malformed("an HTTP/2 WINDOW_UPDATE frame is malformed, or of a stream that is not open", 0)),
        ["WINDOW_UPDATE of three bytes"] = ([.. Start, .. Frame(WindowUpdate, 0, 0, [0, 0, 1])], Malformed("an HTTP/2 WINDOW_UPDATE frame is malformed, or of a stream that is not open", 0)),
        ["PING of seven bytes"] = ([.. Start, .. Frame(Ping, 0, 0, new byte[7])], Malformed("an HTTP/2 PING frame is malformed", 0)),
        ["PRIORITY of the connection"] = ([.. Start, .. Frame(Priority, 0, 0, new byte[5])], Malformed("an HTTP/2 PRIORITY frame is malformed", 0)),
        ["a request on a server's stream"] = ([.. Start, .. Frame(Headers, EndHeaders, 2, Get(Name))], Malformed("the first HTTP/2 request is not on a client's stream", 0)),
        ["a request on the connection"] = ([.. Start, .. Frame(Headers, EndHeaders, 0, Get(Name))], Malformed("the first HTTP/2 request is not on a client's stream", 0)),
        ["padding longer than the frame"] = ([.. Start, .. Frame(Headers, EndHeaders | Padded, 1, [30, .. Get(Name)])], Malformed("the padding of an HTTP/2 frame is longer than the frame")),
        ["padding of an empty frame"] = ([.. Start, .. Frame(Headers, EndHeaders | Padded, 1, [])], Malformed("the padding of an HTTP/2 frame is longer than the frame")),
        ["a priority of four bytes"] = ([.. Start, .. Frame(Headers, EndHeaders | HasPriority, 1, new byte[4])], Malformed("the padding of an HTTP/2 frame is longer than the frame")),
        ["another frame inside the header block"] = ([.. Start, .. Frame(Headers, 0, 1, Get(Name)), .. Frame(Ping, 0, 0, new byte[8])], Malformed("another HTTP/2 frame comes inside the first header block")),
        ["CONTINUATION of another stream"] = ([.. Start, .. Frame(Headers, 0, 1, Get(Name)), .. Frame(Continuation, EndHeaders, 3, [])], Malformed("another HTTP/2 frame comes inside the first header block")),
        ["HEADERS inside the header block"] = ([.. Start, .. Frame(Headers, 0, 1, Get(Name)), .. Frame(Headers, EndHeaders, 1, [])], Malformed("another HTTP/2 frame comes inside the first header block")),
        ["two authorities"] = Bad(Get(Name, Literal(1, "admin.example.com")), "a pseudo-field occurs twice"),
        ["two authorities, the second from the dynamic table"] = Bad(Get(Name, Indexed(62)), "a pseudo-field occurs twice"),
        ["two Hosts"] = Bad(Get(Name, Literal("host", Name), Literal("host", Name)), "there are two Host fields"),
        ["a Host that names another"] = Bad(Get(Name, Literal("host", "admin.example.com")), "the authority of the request and Host name different hosts"),
        ["an empty Host beside an authority"] = Bad(Get(Name, Indexed(38)), "the authority of the request and Host name different hosts"),
        ["an authority behind a field"] = Bad([.. MethodSchemePath, .. Literal("x", "y"), .. Literal(1, Name)], "a pseudo-field comes after a field"),
        ["user information"] = Bad(Get("user@" + Name), "the authority of the request has no host, or has user information"),
        ["a port alone"] = Bad(Get(":80"), "the authority of the request has no host, or has user information"),
        ["no method"] = Bad([0x86, 0x84, .. Literal(1, Name)], "the request has no method"),
        ["no scheme"] = Bad([0x82, 0x84, .. Literal(1, Name)], "the request has no scheme or no path"),
        ["no path"] = Bad([0x82, 0x86, .. Literal(1, Name)], "the request has no scheme or no path"),
        ["an empty path"] = Bad([0x82, 0x86, .. Literal(4, ""), .. Literal(1, Name)], "the path of the request is empty"),
        ["two methods"] = Bad([0x82, 0x83, 0x86, 0x84, .. Literal(1, Name)], "a pseudo-field occurs twice"),
        ["CONNECT with a path"] = Bad([.. Literal(2, "CONNECT"), 0x84, .. Literal(1, Name + ":443")], "CONNECT has a scheme or a path"),
        ["CONNECT without a port"] = Bad([.. Literal(2, "CONNECT"), .. Literal(1, Name)], "the authority of CONNECT is not a host and a port"),
        ["a status"] = Bad([.. MethodSchemePath, 0x88, .. Literal(1, Name)], "a request has a pseudo-field that is not one of a request"),
        ["an unknown pseudo-field"] = Bad([.. MethodSchemePath, .. Literal(":protocol", "websocket"), .. Literal(1, Name)], "a request has a pseudo-field that is not one of a request"),
        ["upper case"] = Bad(Get(Name, Literal("Host", "x")), "a field name has an upper-case letter or another byte that it may not have"),
        ["upper case in Huffman"] = Bad(Get(Name, Literal("hOst", "x", huffman: true)), "a field name has an upper-case letter or another byte that it may not have"),
        ["a space in a name"] = Bad(Get(Name, Literal("host ", "x")), "a field name has an upper-case letter or another byte that it may not have"),
        ["a colon inside a name"] = Bad(Get(Name, Literal("host:x", "x")), "a field name has an upper-case letter or another byte that it may not have"),
        ["an empty name"] = Bad(Get(Name, Literal("", "x")), "a field name has an upper-case letter or another byte that it may not have"),
        ["a line feed in a value, to smuggle a field"] = Bad(Get(Name, Literal("x", "y\nhost: admin")), "a field value has a NUL, a carriage return or a line feed"),
        ["a carriage return in Huffman"] = Bad(Get(Name, Literal("x", "y\r", huffman: true)), "a field value has a NUL, a carriage return or a line feed"),
        ["a NUL in the authority"] = Bad(Get(Name + "\0"), "a field value has a NUL, a carriage return or a line feed"),
        ["a space before the authority"] = Bad(Get(" " + Name), "a field value begins or ends with a space or tab"),
        ["a tab behind a value"] = Bad(Get(Name, Literal("x", "y\t")), "a field value begins or ends with a space or tab"),
        ["connection"] = Bad(Get(Name, Literal("connection", "close")), "a request has a field of an HTTP/1 connection"),
        ["transfer-encoding by its number"] = Bad(Get(Name, Literal(57, "chunked")), "a request has a field of an HTTP/1 connection"),
        ["te: gzip"] = Bad(Get(Name, Literal("te", "gzip")), "a request has transfer codings"),
        ["a name longer than any host name"] = Bad(Get(new string('n', PeekResult.MaxNameLength + 1)), "the authority of the request is longer than any host name"),
        ["field 0"] = Bad([.. MethodSchemePath, 0x80], "a field is of no entry in HPACK's tables"),
        ["an entry that is not there"] = Bad(Get(Name, Indexed(63)), "a field is of no entry in HPACK's tables"),
        ["an entry that was not kept"] = Bad([.. MethodSchemePath, .. Literal(1, Name, HpackForm.NotIndexed), .. Indexed(62)], "a field is of no entry in HPACK's tables"),
        ["an entry that was evicted"] = Bad(Get(Name, Literal("x", new string('y', 4096 - 33)), Indexed(63)), "a field is of no entry in HPACK's tables"),
        ["an entry larger than the table"] = Bad(Get(Name, Literal("x", new string('y', 4096 - 32)), Indexed(62)), "a field is of no entry in HPACK's tables"),
        ["an entry in a table without room"] = Bad([.. TableSize(0), .. Get(Name), .. Indexed(62)], "a field is of no entry in HPACK's tables"),
        ["a size update between fields"] = Bad([.. Get(Name), .. TableSize(100)], "HPACK's table changes its size between fields"),
        ["a size update that is too large"] = Bad([.. TableSize(4097), .. Get(Name)], "HPACK's table is made larger than 4096 bytes"),
        ["a string past the end"] = Bad([.. MethodSchemePath, 0x41, 0x0f, 0x61], "a string runs past the end of the header block"),
        ["a literal without a value"] = Bad([.. MethodSchemePath, 0x41], "the header block ends inside a field"),
        ["a number without an end"] = Bad([.. MethodSchemePath, 0xff, 0x80], "the header block ends inside a number"),
        ["a number that is too large"] = Bad([.. MethodSchemePath, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f], "a number in the header block is too large"),
        ["Huffman with the end of a string"] = Bad([.. MethodSchemePath, 0x41, 0x84, 0xff, 0xff, 0xff, 0xff], "a string is not rightly Huffman-coded"),
        ["Huffman with eight bits of padding"] = Bad([.. MethodSchemePath, 0x41, 0x82, 0x1f, 0xff], "a string is not rightly Huffman-coded"),
        ["Huffman padded with zeros"] = Bad([.. MethodSchemePath, 0x41, 0x81, 0x18], "a string is not rightly Huffman-coded"),
    };

    private static readonly Dictionary<string, (byte[] Bytes, Finding Expected)> Others = new()
    {
        ["HTTP/1"] = ("PRI /x HTTP/1.1\r\n"u8.ToArray(), new Finding(PeekAnswer.NotMine, Protocols.None, "", "", false, null)),
        ["HTTP/2 of another minor version"] = ("PRI * HTTP/2.1\r\n"u8.ToArray(), new Finding(PeekAnswer.NotMine, Protocols.None, "", "", false, null)),
        ["TLS"] = (HelloBuilder.For(Name).Records(), new Finding(PeekAnswer.NotMine, Protocols.None, "", "", false, null)),
    };

    /// <summary>Every flight of these tables that is whole.</summary>
    internal static readonly Dictionary<string, (byte[] Bytes, Finding Expected)> WholeVectors = WellFormed.Concat(MalformedFlights).ToDictionary();

    private static readonly Dictionary<string, (byte[] Bytes, Finding Expected)> Vectors = WholeVectors.Concat(Others).ToDictionary();

    private static readonly Gen<byte[]> GenField = Gen.OneOf(
        Gen.Select(Gen.OneOf("a.example", "b", "A.example:1", "", "x@y"), Gen.OneOf(1, 38), Gen.Enum<HpackForm>(), Gen.Bool, (value, index, form, huffman) => Literal(index, value, form, huffman)),
        Gen.Select(Gen.OneOf("host", ":authority", "x", "te", "Upper", ":x", "connection"), Gen.OneOf("a.example", "trailers", "y\n", " z", ""), Gen.Enum<HpackForm>(), Gen.Bool, (name, value, form, huffman) => Literal(name, value, form, huffman)),
        Gen.Int[0, 70].Select(Indexed),
        Gen.OneOf(0, 40, 100, 4096, 4097).Select(TableSize),
        Gen.Select(Gen.Int[0, 70], Gen.String[Gen.Char['a', 'z'], 0, 90], (index, value) => Literal(index, value)));

    private static readonly Gen<byte[]> GenBlock = Gen.Select(
        Gen.OneOf<byte[]>([0x82, 0x86, 0x84], [0x82, 0x86, 0x84], [.. TableSize(100), 0x82, 0x86, 0x84], [.. Literal(2, "CONNECT")], []), GenField.Array[0, 6],
        (start, fields) => (byte[])[.. start, .. fields.SelectMany(field => field)]);

    private static readonly Gen<byte[]> GenFrame = Gen.OneOf(
        Gen.Const(Frame(Ping, 0, 0, new byte[8])), Gen.Const(Frame(Settings, Ack, 0, [])), Gen.Const(Frame(Priority, 0, 3, new byte[5])),
        Gen.Const(Frame(WindowUpdate, 0, 0, [0, 0, 0, 1])), Gen.Select(Gen.Byte, Gen.Byte, Gen.Int[0, 3], Gen.Byte.Array[0, 12], Frame));

    private static readonly Gen<byte[]> GenFlight = Gen.Select(
        GenFrame.Array[0, 3], GenBlock, Gen.Int[0, 60].Array[0, 3], Gen.OneOf<byte>(0, 0, Padded, HasPriority, Padded | HasPriority), Gen.OneOf(1, 1, 3, 2),
        (frames, block, cuts, flags, stream) =>
        {
            byte[] prefix = [.. (flags & Padded) != 0 ? [(byte)2] : Array.Empty<byte>(), .. (flags & HasPriority) != 0 ? new byte[5] : []];
            byte[] payload = [.. prefix, .. block, .. (flags & Padded) != 0 ? new byte[2] : []];
            var last = Frame(Headers, (byte)(flags | (cuts.Length == 0 ? EndHeaders : 0)), stream, payload);
            var continuations = cuts.SelectMany((cut, i) => Frame(Continuation, i == cuts.Length - 1 ? EndHeaders : (byte)0, stream, Literal("c", new string('c', cut))));
            return (byte[])[.. Start, .. frames.SelectMany(frame => frame), .. last, .. continuations];
        });

    public static TheoryData<string> Names => [.. Vectors.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_first_flight_is_what_it_is_however_it_arrives(string name) =>
        Arrivals.AssertAlways(Vectors[name].Expected, Arrivals.NewPreface, Vectors[name].Bytes);

    [Fact]
    public void A_flight_that_is_cut_short_is_not_whole_and_never_another()
    {
        foreach (var (bytes, _) in WellFormed.Values.Where(vector => vector.Bytes.Length < 300))
        {
            for (var length = 0; length < bytes.Length && Arrivals.Whole(Arrivals.NewPreface, bytes[..length]) is var found; length++)
            {
                if (found.Answer is not PeekAnswer.NeedMore) Assert.Equal(Arrivals.Whole(Arrivals.NewPreface, bytes), found);
                if (found.Answer is PeekAnswer.NeedMore) Assert.Equal("", found.Name);
            }
        }
    }

    [Fact]
    public void A_client_may_be_waiting_between_its_settings_and_its_request_and_at_no_other_time()
    {
        byte[] bytes = [.. Start, .. Frame(Ping, 0, 0, new byte[8]), .. Frame(Headers, 0, 1, Get(Name)), .. Frame(Continuation, EndHeaders, 1, [])];
        var preface = new Http2Preface();
        var result = new PeekResult();
        var waits = new List<int>();
        for (var length = 1; length <= bytes.Length; length++)
        {
            preface.Read(new ReadOnlySequence<byte>(bytes, 0, length), Arrivals.MaxBytes, ref result);
            if (result.AwaitsServer) waits.Add(length);
        }

        Assert.Equal([24 + 21, 24 + 21 + 13, 24 + 21 + 13 + 17], waits);
    }

    [Theory]
    [InlineData(-1, PeekAnswer.TooLarge)]
    [InlineData(0, PeekAnswer.Found)]
    public void A_flight_larger_than_it_may_be_is_too_large_as_soon_as_that_is_certain(int more, object answer)
    {
        var bytes = Flight(Get(Name));
        var frame = bytes.Length - Get(Name).Length;

        Assert.Equal(answer, Arrivals.Whole(Arrivals.NewPreface, bytes, bytes.Length + more).Answer);
        Assert.Equal((PeekAnswer)answer == PeekAnswer.Found ? PeekAnswer.NeedMore : answer, Arrivals.Whole(Arrivals.NewPreface, bytes[..frame], bytes.Length + more).Answer);
    }

    [Fact]
    public void Empty_CONTINUATIONs_without_end_are_too_large()
    {
        byte[] bytes = [.. Start, .. Frame(Headers, 0, 1, Get(Name)), .. Enumerable.Range(0, 10_000).SelectMany(_ => Frame(Continuation, 0, 1, []))];

        Assert.Equal(PeekAnswer.TooLarge, Arrivals.Whole(Arrivals.NewPreface, bytes).Answer);
    }

    [Fact]
    public void A_mutated_flight_is_what_the_slow_reader_says() =>
        Gen.Select(PeekPropertyTests.Mutated(GenFlight), Gen.OneOf(Gen.Const(Arrivals.MaxBytes), Gen.Int[24, 300])).Sample((bytes, maxBytes) =>
        {
            var found = Arrivals.Whole(Arrivals.NewPreface, bytes, maxBytes);
            Assert.Equal(Http2Oracle.Read(bytes, maxBytes), (found.Answer, found.Name));
        }, iter: 50_000);

    [Fact]
    public void The_made_flights_reach_every_answer() => PeekPropertyTests.AssertReaches(
        Arrivals.NewPreface, GenFlight, PeekAnswer.Found, PeekAnswer.NoName, PeekAnswer.Malformed);

    [Fact]
    public void Any_flight_is_the_same_in_any_deliveries_and_segments() =>
        PeekPropertyTests.AssertSameInAnyArrival(Arrivals.NewPreface, GenFlight);

    [Fact]
    public void Every_byte_is_coded_and_decoded_as_the_list_in_the_RFC_says() =>
        Gen.Byte.Array[0, 40].Sample(text =>
        {
            var coded = HuffmanCodes.Encode(text);
            var decoded = new byte[HpackHuffman.MaxDecodedLength(coded.Length)];

            Assert.Equal(text, decoded[..HpackHuffman.Decode(coded, decoded)]);
        }, iter: 20_000);

    [Fact]
    public void Any_bits_are_decoded_or_refused_as_the_list_in_the_RFC_says() =>
        Gen.Byte.Array[0, 12].Sample(coded =>
        {
            var decoded = new byte[HpackHuffman.MaxDecodedLength(coded.Length)];
            var length = HpackHuffman.Decode(coded, decoded);

            Assert.Equal(HuffmanCodes.Decode(coded), length < 0 ? null : decoded[..length]);
        }, iter: 50_000);

    private static (byte[], Finding) Bad(byte[] block, string reason) => (Flight(block), Malformed(reason));

    private static Finding Found(string name = Name) => new(PeekAnswer.Found, Protocols.H2c, name, "", false, null) { StreamId = 1 };

    private static Finding NoName() => new(PeekAnswer.NoName, Protocols.H2c, "", "", false, null) { StreamId = 1 };

    private static Finding Malformed(string reason, int stream = 1) => new(PeekAnswer.Malformed, Protocols.H2c, "", "", false, reason) { StreamId = stream };
}
