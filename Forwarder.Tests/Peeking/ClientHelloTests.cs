using SniForward.Peeking;
using static SniForward.Tests.Peeking.HelloBuilder;

namespace SniForward.Tests.Peeking;

public sealed class ClientHelloTests
{
    private const string Name = "app.example.com";

    private static readonly Dictionary<string, (byte[] Bytes, Finding Expected)> WellFormed = new()
    {
        ["a name"] = (For(Name).Records(), Found()),
        ["a name and ALPN"] = (For(Name, "h2", "http/1.1").Records(), Found(alpn: "h2,http/1.1")),
        ["ALPN and no name"] = (With(Alpn("h2")).Records(), NoName(alpn: "h2")),
        ["the shortest ALPN name"] = (With(ServerName(Name), Alpn("x")).Records(), Found(alpn: "x")),
        ["a post-quantum key share, GREASE and ECH"] = (Modern(Name).Records(), Found(alpn: "h2,http/1.1") with { Ech = true }),
        ["a post-quantum hello in records of 512 bytes"] = (Modern(Name).Records(512), Found(alpn: "h2,http/1.1") with { Ech = true }),
        ["an ECH hello without a name"] = (With(Ech()).Records(), NoName() with { Ech = true }),
        ["an empty ECH, as in a hello's inner form"] = (With(Extension(0xfe0d, [0x01])).Records(), NoName() with { Ech = true }),
        ["a session ticket and padding"] = (With(SessionTicket(400), ServerName(Name), Padding(200)).Records(), Found()),
        ["a PSK after the name"] = (With(ServerName(Name), Extension(0x0029, Filled(300, 0x29))).Records(), Found()),
        ["records of one byte"] = (For(Name, "h2").Records(1), Found(alpn: "h2")),
        ["records of two bytes"] = (For(Name).Records(2), Found()),
        ["a first record that ends inside the message header"] = (For(Name).Records(3, 500), Found()),
        ["a first record that ends after the message header"] = (For(Name).Records(4, 500), Found()),
        ["a record that ends inside the name"] = (For(Name).Records(100, 7), Found()),
        ["no extensions at all"] = (new HelloBuilder { Extensions = null }.Records(), NoName()),
        ["an empty list of extensions"] = (With().Records(), NoName()),
        ["extensions, none of them a name"] = (With(SupportedVersions(), KeyShare()).Records(), NoName()),
        ["a server name list without a host name"] = (With(ServerNameList(NameEntry(0x01, "other"))).Records(), NoName()),
        ["a name of another type before the host name"] = (With(ServerNameList([.. NameEntry(0xff, ""), .. NameEntry(0x00, Name)])).Records(), Found()),
        ["a name of another type after the host name"] = (With(ServerNameList([.. NameEntry(0x00, Name), .. NameEntry(0x07, "x")])).Records(), Found()),
        ["a name in mixed case with a dot and odd bytes, which are for routing to judge"] = (For("A_b.\xE9 .\0.").Records(), Found("A_b.\xE9 .\0.")),
        ["the longest name"] = (For(new string('n', PeekResult.MaxNameLength)).Records(), Found(new string('n', PeekResult.MaxNameLength))),
        ["an ALPN list longer than the inline storage"] = (With(Alpn(new string('a', 255), new string('b', 255))).Records(), NoName(alpn: $"{new string('a', 255)},{new string('b', 255)}")),
        ["no session id"] = ((For(Name) with { Session = [] }).Records(), Found()),
        ["one cipher suite"] = ((For(Name) with { CipherSuites = [0x13, 0x01] }).Records(), Found()),
        ["several compression methods"] = ((For(Name) with { Compression = [0x01, 0x00] }).Records(), Found()),
        ["bytes after the message, in a record of their own"] = ([.. For(Name).Records(), .. Record(0x14, [0x01]), 0xff], Found()),
        ["bytes after the message, in its record"] = (Record(0x16, [.. For(Name).Message(), 0xde, 0xad]), Found()),
        ["any minor version of the record"] = (Patched(For(Name).Records(), 2, 0x7f), Found()),
    };

    private static readonly Dictionary<string, (byte[] Bytes, Finding Expected)> MalformedHellos = new()
    {
        ["an alert comes first"] = (Record(0x15, [0x01, 0x00]), Malformed("the first TLS record is not a handshake record")),
        ["application data comes first"] = (Record(0x17, [0x01]), Malformed("the first TLS record is not a handshake record")),
        ["a change_cipher_spec comes first"] = (Record(0x14, [0x01]), Malformed("the first TLS record is not a handshake record")),
        ["a heartbeat comes first"] = (Record(0x18, [0x01]), Malformed("the first TLS record is not a handshake record")),
        ["an SSL 2 hello of TLS 1.2"] = ([0x80, 0x2e, 0x01, 0x03, 0x03, 0x00, 0x15, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x2f], Malformed("an SSL 2 hello cannot carry a server name")),
        ["an SSL 2 hello of SSL 2"] = ([0x80, 0x2e, 0x01, 0x00, 0x02, 0x00, 0x15], Malformed("an SSL 2 hello cannot carry a server name")),
        ["a long SSL 2 hello"] = ([0xff, 0xff, 0x01, 0x03, 0x00], Malformed("an SSL 2 hello cannot carry a server name")),
        ["an empty first record"] = ([.. Record(0x16, []), .. For(Name).Records()], Malformed("a handshake record is empty")),
        ["an empty record inside the hello"] = ([.. Record(0x16, For(Name).Message()[..9]), .. Record(0x16, [])], Malformed("a handshake record is empty")),
        ["a record length of 16385"] = ([0x16, 0x03, 0x01, 0x40, 0x01, 0x01], Malformed("a TLS record is longer than 16384 bytes")),
        ["a record length with its top bit set"] = ([0x16, 0x03, 0x01, 0x80, 0x00, 0x01], Malformed("a TLS record is longer than 16384 bytes")),
        ["an alert between the records of a hello"] = ([.. Record(0x16, For(Name).Message()[..9]), .. Record(0x15, [0x01, 0x00])], Malformed("another kind of TLS record comes before the end of the ClientHello")),
        ["application data between the records of a hello, to hide the rest"] = ([.. Record(0x16, For(Name).Message()[..3]), .. Record(0x17, For(Name).Message()[3..])], Malformed("another kind of TLS record comes before the end of the ClientHello")),
        ["another major version in the second record"] = ([.. Record(0x16, For(Name).Message()[..9]), 0x16, 0x02, 0x01, 0x00, 0x01, 0x00], Malformed("a TLS record has a major version other than 3")),
        ["a ServerHello"] = (Records(Message(0x02, For(Name).Body())), Malformed("the first handshake message is not a ClientHello")),
        ["a HelloRequest"] = (Records(Message(0x00, [])), Malformed("the first handshake message is not a ClientHello")),
        ["an empty ClientHello"] = (Records(Message(0x01, [])), Malformed("the ClientHello ends inside its version or random")),
        ["a ClientHello that ends inside its random"] = (Cut(33), Malformed("the ClientHello ends inside its version or random")),
        ["a ClientHello that ends before its session id"] = (Cut(34), Malformed("the session id runs past the end of the ClientHello")),
        ["a session id of 33 bytes"] = ((For(Name) with { Session = Filled(33, 0x00) }).Records(), Malformed("the session id is longer than 32 bytes")),
        ["a session id past the end"] = (Cut(40), Malformed("the session id runs past the end of the ClientHello")),
        ["a ClientHello that ends before its cipher suites"] = (Cut(67), Malformed("the cipher suites run past the end of the ClientHello")),
        ["no cipher suites"] = ((For(Name) with { CipherSuites = [] }).Records(), Malformed("the cipher suites are not one or more pairs of bytes")),
        ["an odd number of cipher suite bytes"] = ((For(Name) with { CipherSuites = [0x13, 0x01, 0x13] }).Records(), Malformed("the cipher suites are not one or more pairs of bytes")),
        ["cipher suites past the end"] = (Cut(72), Malformed("the cipher suites run past the end of the ClientHello")),
        ["a ClientHello that ends before its compression methods"] = (Cut(75), Malformed("the compression methods run past the end of the ClientHello")),
        ["no compression method"] = ((For(Name) with { Compression = [] }).Records(), Malformed("there is no compression method")),
        ["one byte after the compression methods"] = ((With() with { Extensions = null, Tail = [0x00] }).Records(), Malformed("the extensions run past the end of the ClientHello")),
        ["extensions past the end"] = (Cut(100), Malformed("the extensions run past the end of the ClientHello")),
        ["bytes after the extensions inside the message"] = ((For(Name) with { Tail = [0x00] }).Records(), Malformed("bytes follow the extensions inside the ClientHello")),
        ["a name smuggled behind the extensions"] = ((With() with { Tail = ServerName(Name) }).Records(), Malformed("bytes follow the extensions inside the ClientHello")),
        ["an extension past the end of the extensions"] = (With([0x00, 0x2b, 0x00, 0x05, 0x00]).Records(), Malformed("an extension runs past the end of the extensions")),
        ["an extension of three bytes"] = (With([0x00, 0x2b, 0x00]).Records(), Malformed("an extension runs past the end of the extensions")),
        ["two server_name extensions, to route by one and serve the other"] = (With(ServerName(Name), ServerName("admin.example.com")).Records(), Malformed("the server_name extension occurs twice")),
        ["two server_name extensions with the same name"] = (With(ServerName(Name), ServerName(Name)).Records(), Malformed("the server_name extension occurs twice")),
        ["an empty server_name extension"] = (With(Extension(0x0000, [])).Records(), Malformed("the server name list does not fill its extension exactly")),
        ["a server name list shorter than its extension"] = (With(Extension(0x0000, [.. Vector16(NameEntry(0x00, Name)), 0x00])).Records(), Malformed("the server name list does not fill its extension exactly")),
        ["a server name list longer than its extension"] = (With(Extension(0x0000, [0x00, 0x09, 0x00, 0x00, 0x01, 0x61])).Records(), Malformed("the server name list does not fill its extension exactly")),
        ["an empty server name list"] = (With(ServerNameList([])).Records(), Malformed("the server name list is empty")),
        ["a server name past the end of its list"] = (With(ServerNameList([0x00, 0x00, 0x05, 0x61])).Records(), Malformed("a server name runs past the end of its list")),
        ["a server name list that ends inside an entry's length"] = (With(ServerNameList([.. NameEntry(0x00, Name), 0x00, 0x00])).Records(), Malformed("a server name runs past the end of its list")),
        ["an empty server name"] = (For("").Records(), Malformed("the server name is empty")),
        ["two host names in one list"] = (With(ServerName(Name, "admin.example.com")).Records(), Malformed("there are two server names")),
        ["a name longer than any host name"] = (For(new string('n', PeekResult.MaxNameLength + 1)).Records(), Malformed("the server name is longer than any host name")),
        ["two ALPN extensions"] = (With(Alpn("h2"), Alpn("http/1.1")).Records(), Malformed("the ALPN extension occurs twice")),
        ["an empty ALPN extension"] = (With(Extension(0x0010, [])).Records(), Malformed("the ALPN list does not fill its extension exactly")),
        ["an ALPN list shorter than its extension"] = (With(Extension(0x0010, [.. Vector16(AlpnList("h2")), 0x00])).Records(), Malformed("the ALPN list does not fill its extension exactly")),
        ["an empty ALPN list"] = (With(Extension(0x0010, [0x00, 0x00])).Records(), Malformed("the ALPN list is empty")),
        ["an empty ALPN name"] = (With(Alpn("h2", "")).Records(), Malformed("an ALPN name is empty")),
        ["an ALPN name past the end of its list"] = (With(Extension(0x0010, Vector16([0x05, 0x68, 0x32]))).Records(), Malformed("an ALPN name runs past the end of its list")),
        ["a bad ALPN after a good name, whose name must not count"] = (With(ServerName(Name), Alpn("")).Records(), Malformed("an ALPN name is empty")),
        ["a malformation in records of one byte"] = ((For(Name) with { Session = Filled(33, 0x00) }).Records(1), Malformed("the session id is longer than 32 bytes")),
    };

    private static readonly Dictionary<string, (byte[] Bytes, Finding Expected)> Others = new()
    {
        ["nothing"] = ([], new Finding(PeekAnswer.NeedMore, Protocols.None, "", "", false, null)),
        ["the first byte"] = ([0x16], new Finding(PeekAnswer.NeedMore, Protocols.None, "", "", false, null)),
        ["the first two bytes"] = ([0x16, 0x03], Tls(PeekAnswer.NeedMore)),
        ["a record header"] = (For(Name).Records()[..5], Tls(PeekAnswer.NeedMore)),
        ["all but the last byte"] = (For(Name).Records()[..^1], Tls(PeekAnswer.NeedMore)),
        ["all but the last record"] = (For(Name).Records(64)[..100], Tls(PeekAnswer.NeedMore)),
        ["a record longer than what has come, and a stall"] = ([0x16, 0x03, 0x01, 0x40, 0x00, 0x01, 0x00], Tls(PeekAnswer.NeedMore)),
        ["an HTTP request"] = ("GET / HTTP/1.1\r\n"u8.ToArray(), NotMine()),
        ["an SSH version"] = ("SSH-2.0-x\r\n"u8.ToArray(), NotMine()),
        ["a handshake byte without version 3"] = ([0x16, 0x02], NotMine()),
        ["an alert byte without version 3"] = ([0x15, 0x04], NotMine()),
        ["a byte below the record types"] = ([0x13], NotMine()),
        ["a byte above the record types"] = ([0x19], NotMine()),
    };

    /// <summary>Starts like an SSL 2 hello, up to the byte that tells it from one.</summary>
    [Theory]
    [InlineData(new byte[] { 0x80 }, PeekAnswer.NeedMore)]
    [InlineData(new byte[] { 0x80, 0x2e, 0x01, 0x03 }, PeekAnswer.NeedMore)]
    [InlineData(new byte[] { 0x80, 0x2e, 0x02 }, PeekAnswer.NotMine)]
    [InlineData(new byte[] { 0x80, 0x2e, 0x01, 0x01 }, PeekAnswer.NotMine)]
    [InlineData(new byte[] { 0x80, 0x2e, 0x01, 0x00, 0x03 }, PeekAnswer.NotMine)]
    public void Other_bytes_with_the_top_bit_set_are_not_taken_for_SSL_2(byte[] bytes, object answer) =>
        Arrivals.AssertAlways(new Finding((PeekAnswer)answer, Protocols.None, "", "", false, null), Arrivals.NewHello, bytes);

    public static TheoryData<string> WellFormedVectors => [.. WellFormed.Keys];

    public static TheoryData<string> MalformedVectors => [.. MalformedHellos.Keys];

    public static TheoryData<string> OthersVectors => [.. Others.Keys];

    /// <summary>Whole first flights, well formed and malformed, by what is special about them.</summary>
    internal static IEnumerable<KeyValuePair<string, (byte[] Bytes, Finding Expected)>> WholeVectors =>
        WellFormed.Concat(MalformedHellos);

    [Theory]
    [MemberData(nameof(WellFormedVectors))]
    public void A_well_formed_hello_is_read_however_it_arrives(string vector) => AssertVector(WellFormed[vector]);

    [Theory]
    [MemberData(nameof(MalformedVectors))]
    public void A_malformed_hello_is_malformed_however_it_arrives(string vector) => AssertVector(MalformedHellos[vector]);

    [Theory]
    [MemberData(nameof(OthersVectors))]
    public void Part_of_a_hello_needs_more_and_another_protocol_is_not_mine(string vector) => AssertVector(Others[vector]);

    [Fact]
    public void Every_part_of_a_hello_needs_more()
    {
        var bytes = Modern(Name).Records(300);
        for (var length = 0; length < bytes.Length; length++)
            Assert.Equal(PeekAnswer.NeedMore, Arrivals.Whole(Arrivals.NewHello, bytes[..length]).Answer);
    }

    [Theory]
    [InlineData(new[] { 16384 })]
    [InlineData(new[] { 64 })]
    [InlineData(new[] { 1 })]
    public void A_hello_may_fill_the_peek_to_its_last_byte_and_not_one_more(int[] sizes)
    {
        var bytes = For(Name).Records(sizes);

        Arrivals.AssertAlways(Found(), Arrivals.NewHello, bytes, bytes.Length);
        Arrivals.AssertAlways(Tls(PeekAnswer.TooLarge), Arrivals.NewHello, bytes, bytes.Length - 1);
    }

    [Fact]
    public void A_hello_that_declares_too_large_a_length_is_refused_after_nine_bytes()
    {
        byte[] bytes = [0x16, 0x03, 0x01, 0x00, 0x10, 0x01, 0xff, 0xff, 0xff];

        Arrivals.AssertAlways(Tls(PeekAnswer.TooLarge), Arrivals.NewHello, bytes);
    }

    [Fact]
    public void The_headers_of_records_to_come_count_too()
    {
        // A message of 65507 bytes takes four records of five more bytes each, and five records if the first has only its header.
        byte[] largest = [0x16, 0x03, 0x01, 0x40, 0x00, 0x01, 0x00, 0xff, 0xdf];
        byte[] split = [0x16, 0x03, 0x01, 0x00, 0x04, 0x01, 0x00, 0xff, 0xdf];

        Assert.Equal(PeekAnswer.NeedMore, Arrivals.Whole(Arrivals.NewHello, largest, 65527).Answer);
        Assert.Equal(PeekAnswer.TooLarge, Arrivals.Whole(Arrivals.NewHello, largest, 65526).Answer);
        Assert.Equal(PeekAnswer.NeedMore, Arrivals.Whole(Arrivals.NewHello, split, 65532).Answer);
        Assert.Equal(PeekAnswer.TooLarge, Arrivals.Whole(Arrivals.NewHello, split, 65531).Answer);
    }

    [Fact]
    public void Records_of_one_byte_are_too_large_as_soon_as_their_headers_cannot_fit()
    {
        var bytes = With(Padding(20_000)).Records(1);

        Assert.Equal(PeekAnswer.TooLarge, Arrivals.Whole(Arrivals.NewHello, bytes).Answer);
    }

    private static void AssertVector((byte[] Bytes, Finding Expected) vector) =>
        Arrivals.AssertAlways(vector.Expected, Arrivals.NewHello, vector.Bytes);

    private static HelloBuilder With(params byte[][] extensions) => new() { Extensions = extensions };

    /// <summary>The first bytes of a hello's body as a whole message.</summary>
    private static byte[] Cut(int length) => Records(Message(0x01, For(Name).Body()[..length]));

    private static byte[] Patched(byte[] bytes, int at, byte value)
    {
        bytes[at] = value;
        return bytes;
    }

    private static Finding Found(string name = Name, string alpn = "") => Tls(PeekAnswer.Found) with { Name = name, Alpn = alpn };

    private static Finding NoName(string alpn = "") => Tls(PeekAnswer.NoName) with { Alpn = alpn };

    private static Finding Malformed(string reason) => Tls(PeekAnswer.Malformed) with { Reason = reason };

    private static Finding Tls(PeekAnswer answer) => new(answer, Protocols.Tls, "", "", false, null);

    private static Finding NotMine() => new(PeekAnswer.NotMine, Protocols.None, "", "", false, null);
}
