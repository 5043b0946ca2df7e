using System.Text;
using SniForward.Peeking;

namespace SniForward.Tests.Peeking;

public sealed class HttpHeadTests
{
    private const string Name = "app.example.com";
    private const string TwoHosts = "there are two Host fields";
    private const string OtherHost = "the request target and Host name different hosts";
    private const string BadFieldName = "a field name has a space or another byte that it may not have";
    private const string BadTarget = "there is a space or a control byte in the request target";
    private const string BadLine = "the request line is not a method, a target and a version";
    private const string NoVersion = "the request line does not end in an HTTP version";
    private const string BadVersion = "the HTTP version is neither 1.0 nor 1.1";
    private const string NotUri = "the request target is neither a path nor an http or https URI";
    private const string NoTargetHost = "the request target has no host, or has user information";
    private const string NotHostAndPort = "the target of CONNECT is not a host and a port";
    private const string BareReturn = "there is a NUL or a carriage return without a line feed";

    private static readonly Dictionary<string, (string Head, Finding Expected)> WellFormed = new()
    {
        ["a request"] = ("GET / HTTP/1.1\r\nHost: app.example.com\r\n\r\n", Found()),
        ["a request with a body and another request behind it"] = ("POST /x HTTP/1.1\r\nHost: app.example.com\r\nContent-Length: 2\r\n\r\nhiGET / HTTP/1.1\r\nHost: b\r\n\r\n", Found()),
        ["lines that end in LF only"] = ("GET / HTTP/1.1\nHost: app.example.com\n\n", Found()),
        ["empty lines before the request"] = ("\r\n\n\r\nGET / HTTP/1.1\r\nHost: app.example.com\r\n\r\n", Found()),
        ["a Host in any case, without a space and last"] = ("GET / HTTP/1.1\r\nA: b\r\nhOsT:app.example.com\r\n\r\n", Found()),
        ["spaces and tabs around the Host"] = ("GET / HTTP/1.1\r\nHost: \t app.example.com \t\r\n\r\n", Found()),
        ["a Host with a port, a dot and capitals, as written"] = ("GET / HTTP/1.1\r\nHost: App.Example.COM.:8080\r\n\r\n", Found("App.Example.COM.:8080")),
        ["an IPv6 Host"] = ("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", Found("[::1]:80")),
        ["a Host that only routing can refuse"] = ("GET / HTTP/1.1\r\nHost: a, b@c d\r\n\r\n", Found("a, b@c d")),
        ["fields whose names start or end like Host"] = ("GET / HTTP/1.1\r\nHos: x\r\nHostt: y\r\nX-Host: z\r\nHost: app.example.com\r\n\r\n", Found()),
        ["an empty field value"] = ("GET / HTTP/1.1\r\nAccept:\r\nHost: app.example.com\r\n\r\n", Found()),
        ["a colon in a field value"] = ("GET / HTTP/1.1\r\nReferer: http://other/\r\nHost: app.example.com\r\n\r\n", Found()),
        ["an unregistered method"] = ("PROPFIND / HTTP/1.1\r\nHost: app.example.com\r\n\r\n", Found()),
        ["a method of 64 bytes"] = ($"{new string('M', 64)} / HTTP/1.1\r\nHost: app.example.com\r\n\r\n", Found()),
        ["a later minor version, taken for 1.1"] = ("GET / HTTP/1.9\r\nHost: app.example.com\r\n\r\n", Found()),
        ["HTTP/1.0 with Host"] = ("GET / HTTP/1.0\r\nHost: app.example.com\r\n\r\n", Found()),
        ["HTTP/1.0 without Host"] = ("GET / HTTP/1.0\r\n\r\n", Http(PeekAnswer.NoName)),
        ["HTTP/1.0 without Host and a target with a host"] = ("GET http://app.example.com/ HTTP/1.0\r\n\r\n", Found()),
        ["an empty Host"] = ("GET / HTTP/1.1\r\nHost:\r\n\r\n", Http(PeekAnswer.NoName)),
        ["a blank Host"] = ("GET / HTTP/1.1\r\nHost: \t\r\n\r\n", Http(PeekAnswer.NoName)),
        ["an absolute target"] = ("GET http://app.example.com/a?b HTTP/1.1\r\nHost: app.example.com\r\n\r\n", Found()),
        ["an absolute target without a path"] = ("GET http://app.example.com HTTP/1.1\r\nHost: app.example.com\r\n\r\n", Found()),
        ["an absolute target with a query at once"] = ("GET http://app.example.com?q HTTP/1.1\r\nHost: app.example.com\r\n\r\n", Found()),
        ["an absolute https target in capitals"] = ("GET HTTPS://APP.example.com./ HTTP/1.1\r\nHost: app.example.com\r\n\r\n", Found()),
        ["an absolute target with another port than Host"] = ("GET http://app.example.com:81/ HTTP/1.1\r\nHost: app.example.com:80\r\n\r\n", Found("app.example.com:80")),
        ["CONNECT"] = ("CONNECT app.example.com:443 HTTP/1.1\r\nHost: app.example.com\r\n\r\n", Found()),
        ["CONNECT in HTTP/1.0"] = ("CONNECT app.example.com:443 HTTP/1.0\r\n\r\n", Found("app.example.com:443")),
        ["OPTIONS *"] = ("OPTIONS * HTTP/1.1\r\nHost: app.example.com\r\n\r\n", Found()),
        ["bytes above ASCII in the path"] = ("GET /\xE9 HTTP/1.1\r\nHost: app.example.com\r\n\r\n", Found()),
        ["control bytes and a tab in a field value"] = ("GET / HTTP/1.1\r\nX: a\x01\x1b\tb\x7f\r\nHost: app.example.com\r\n\r\n", Found()),
        ["bytes above ASCII in a field value"] = ("GET / HTTP/1.1\r\nX: \xE9\xFF\r\nHost: app.example.com\r\n\r\n", Found()),
        ["two hundred fields"] = ($"GET / HTTP/1.1\r\n{string.Concat(Enumerable.Repeat("A: b\r\n", 200))}Host: app.example.com\r\n\r\n", Found()),
        ["a field of a thousand bytes"] = ($"GET / HTTP/1.1\r\nCookie: {new string('c', 1000)}\r\nHost: app.example.com\r\n\r\n", Found()),
        ["LF and CR LF mixed"] = ("GET / HTTP/1.1\nA: b\r\nHost: app.example.com\n\r\n", Found()),
        ["a method with every byte that a token may have"] = ("!#$%&'*+-.^_`|~09AZaz / HTTP/1.1\r\nHost: app.example.com\r\n\r\n", Found()),
        ["a chunked body, which plays no part"] = ("POST / HTTP/1.1\r\nHost: app.example.com\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nHost: b", Found()),
        ["a percent-encoded Host, which only routing can refuse"] = ("GET / HTTP/1.1\r\nHost: a%2eexample\r\n\r\n", Found("a%2eexample")),
        ["an upgrade to HTTP/2"] = ("GET / HTTP/1.1\r\nHost: app.example.com\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", Found()),
        ["an absolute target of an IPv6 address"] = ("GET http://[::1]:80/ HTTP/1.1\r\nHost: [::1]\r\n\r\n", Found("[::1]")),
        ["the longest Host"] = ($"GET / HTTP/1.1\r\nHost: {new string('h', PeekResult.MaxNameLength)}\r\n\r\n", Found(new string('h', PeekResult.MaxNameLength))),
    };

    private static readonly Dictionary<string, (string Head, Finding Expected)> MalformedHeads = new()
    {
        ["two Hosts, to route by one and serve the other"] = ("GET / HTTP/1.1\r\nHost: app.example.com\r\nHost: admin.example.com\r\n\r\n", Malformed(TwoHosts)),
        ["the same Host twice"] = ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", Malformed(TwoHosts)),
        ["an empty Host and a target with a host"] = ("GET http://app.example.com/ HTTP/1.1\r\nHost:\r\n\r\n", Malformed("the request target and Host name different hosts")),
        ["two Hosts far apart"] = ($"GET / HTTP/1.1\r\nHost: a\r\nX: {new string('x', 500)}\r\nhost: b\r\n\r\n", Malformed(TwoHosts)),
        ["an empty Host, then another"] = ("GET / HTTP/1.1\r\nHost:\r\nHost: a\r\n\r\n", Malformed(TwoHosts)),
        ["two Hosts in HTTP/1.0"] = ("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", Malformed(TwoHosts)),
        ["HTTP/1.1 without Host"] = ("GET / HTTP/1.1\r\nAccept: */*\r\n\r\n", Malformed("an HTTP/1.1 request has no Host")),
        ["HTTP/1.1 without Host and a target with a host"] = ("GET http://a/ HTTP/1.1\r\n\r\n", Malformed("an HTTP/1.1 request has no Host")),
        ["a space before the colon of Host"] = ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", Malformed(BadFieldName)),
        ["a tab before a colon"] = ("GET / HTTP/1.1\r\nHost: a\r\nX\t: b\r\n\r\n", Malformed(BadFieldName)),
        ["a byte above ASCII in a field name"] = ("GET / HTTP/1.1\r\nHost: a\r\nH\xF6st: b\r\n\r\n", Malformed(BadFieldName)),
        ["a folded Host"] = ("GET / HTTP/1.1\r\nHost: a\r\n .example.com\r\n\r\n", Malformed("a field line starts with a space or tab")),
        ["a tab before the first field"] = ("GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", Malformed("a field line starts with a space or tab")),
        ["an empty field name"] = ("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", Malformed("a field name is empty")),
        ["a field without a colon"] = ("GET / HTTP/1.1\r\nHost a\r\n\r\n", Malformed("a field line has no colon")),
        ["a NUL in the Host"] = ("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", Malformed(BareReturn)),
        ["a NUL in the target"] = ("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", Malformed(BareReturn)),
        ["a bare CR that hides a Host"] = ("GET / HTTP/1.1\r\nX: y\rHost: b\r\nHost: a\r\n\r\n", Malformed(BareReturn)),
        ["two CRs before an LF"] = ("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", Malformed(BareReturn)),
        ["a bare CR at the end of the head"] = ("GET / HTTP/1.1\r\nHost: a\r\n\rX", Malformed(BareReturn)),
        ["an absolute target and another Host"] = ("GET http://app.example.com/ HTTP/1.1\r\nHost: admin.example.com\r\n\r\n", Malformed(OtherHost)),
        ["an absolute target whose host is only the front of Host"] = ("GET http://app.example.com/ HTTP/1.1\r\nHost: app.example.com.evil\r\n\r\n", Malformed(OtherHost)),
        ["CONNECT and another Host"] = ("CONNECT app.example.com:443 HTTP/1.1\r\nHost: admin.example.com\r\n\r\n", Malformed(OtherHost)),
        ["user information in the target, to pass one host off as another"] = ("GET http://app.example.com@admin.example.com/ HTTP/1.1\r\nHost: app.example.com\r\n\r\n", Malformed(NoTargetHost)),
        ["an absolute target without a host"] = ("GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n", Malformed(NoTargetHost)),
        ["an absolute target with a port alone"] = ("GET http://:80/a HTTP/1.1\r\nHost: a\r\n\r\n", Malformed(NoTargetHost)),
        ["an absolute target of another scheme"] = ("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", Malformed(NotUri)),
        ["a target without a slash"] = ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", Malformed(NotUri)),
        ["a scheme without slashes"] = ("GET http:a HTTP/1.1\r\nHost: a\r\n\r\n", Malformed(NotUri)),
        ["* for another method than OPTIONS"] = ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", Malformed("the target * is only for OPTIONS")),
        ["CONNECT without a port"] = ("CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n", Malformed(NotHostAndPort)),
        ["CONNECT with an empty port"] = ("CONNECT a: HTTP/1.1\r\nHost: a\r\n\r\n", Malformed(NotHostAndPort)),
        ["CONNECT with a port of six digits"] = ("CONNECT a:123456 HTTP/1.1\r\nHost: a\r\n\r\n", Malformed(NotHostAndPort)),
        ["CONNECT with a port that is no number"] = ("CONNECT a:44x HTTP/1.1\r\nHost: a\r\n\r\n", Malformed(NotHostAndPort)),
        ["CONNECT without a host"] = ("CONNECT :443 HTTP/1.1\r\nHost: a\r\n\r\n", Malformed(NotHostAndPort)),
        ["CONNECT with a path"] = ("CONNECT /a:443 HTTP/1.1\r\nHost: a\r\n\r\n", Malformed(NotHostAndPort)),
        ["CONNECT with user information"] = ("CONNECT b@a:443 HTTP/1.1\r\nHost: a\r\n\r\n", Malformed(NotHostAndPort)),
        ["a space in the target"] = ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", Malformed(BadTarget)),
        ["a tab in the target"] = ("GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", Malformed(BadTarget)),
        ["a DEL in the target"] = ("GET /\x7F HTTP/1.1\r\nHost: a\r\n\r\n", Malformed(BadTarget)),
        ["no target"] = ("GET  HTTP/1.1\r\nHost: a\r\n\r\n", Malformed("the request target is empty")),
        ["a target and no version, as in HTTP/0.9"] = ("GET /\r\n", Malformed(BadLine)),
        ["a version and no target"] = ("GET HTTP/1.1\r\n", Malformed(BadLine)),
        ["a space after the version"] = ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", Malformed(NoVersion)),
        ["a version of two digits"] = ("GET / HTTP/1.10\r\nHost: a\r\n\r\n", Malformed(NoVersion)),
        ["a version in small letters"] = ("GET / http/1.1\r\nHost: a\r\n\r\n", Malformed(NoVersion)),
        ["HTTP/2 in a request line"] = ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", Malformed(BadVersion)),
        ["HTTP/0.9 in a request line"] = ("GET / HTTP/0.9\r\nHost: a\r\n\r\n", Malformed(BadVersion)),
        ["a vertical tab before a colon"] = ("GET / HTTP/1.1\r\nHost\v: a\r\n\r\n", Malformed(BadFieldName)),
        ["a NUL before a colon"] = ("GET / HTTP/1.1\r\nHost\0: a\r\n\r\n", Malformed(BareReturn)),
        ["an LF inside a field that would end the line early for some"] = ("GET / HTTP/1.1\r\nHost: a\r\nX: y\nHost: b\r\n\r\n", Malformed(TwoHosts)),
        ["a fold before the first field, with the Host in it"] = ("GET / HTTP/1.1\r\n Host: b\r\nHost: a\r\n\r\n", Malformed("a field line starts with a space or tab")),
        ["a line of a space instead of an empty one"] = ("GET / HTTP/1.1\r\nHost: a\r\n \r\n\r\n", Malformed("a field line starts with a space or tab")),
        ["an absolute target that differs in its last label"] = ("GET http://app.example.org/ HTTP/1.1\r\nHost: app.example.com\r\n\r\n", Malformed(OtherHost)),
        ["a bare CR in the request line"] = ("GET /\rx HTTP/1.1\r\nHost: a\r\n\r\n", Malformed(BareReturn)),
        ["two spaces before the version"] = ("GET /  HTTP/1.1\r\nHost: a\r\n\r\n", Malformed(BadTarget)),
        ["a tab before the version"] = ("GET /\tHTTP/1.1\r\nHost: a\r\n\r\n", Malformed(BadLine)),
        ["a version with a leading zero"] = ("GET / HTTP/01.1\r\nHost: a\r\n\r\n", Malformed(NoVersion)),
        ["a version with a sign"] = ("GET / HTTP/+1.1\r\nHost: a\r\n\r\n", Malformed(NoVersion)),
        ["a Host longer than any host name"] = ($"GET / HTTP/1.1\r\nHost: {new string('h', PeekResult.MaxNameLength + 1)}\r\n\r\n", Malformed("the Host is longer than any host name")),
        ["a target with a host longer than any host name"] = ($"GET http://{new string('h', PeekResult.MaxNameLength + 1)}/ HTTP/1.1\r\n\r\n", Malformed("the authority of the request target is longer than any host name")),
    };

    private static readonly Dictionary<string, (string Head, Finding Expected)> Others = new()
    {
        ["nothing"] = ("", Nothing(PeekAnswer.NeedMore)),
        ["an empty line"] = ("\r\n", Nothing(PeekAnswer.NeedMore)),
        ["half an empty line"] = ("\r", Nothing(PeekAnswer.NeedMore)),
        ["a method"] = ("GET", Nothing(PeekAnswer.NeedMore)),
        ["a method and a space"] = ("GET ", Http(PeekAnswer.NeedMore)),
        ["another word and a space"] = ("PROPFIND ", Nothing(PeekAnswer.NeedMore)),
        ["a line of an unregistered method without its end"] = ("PROPFIND / HTTP/1.1", Nothing(PeekAnswer.NeedMore)),
        ["a word of 64 bytes"] = (new string('w', 64), Nothing(PeekAnswer.NeedMore)),
        ["a word of 65 bytes"] = (new string('w', 65), Nothing(PeekAnswer.NotMine)),
        ["an SSH version"] = ("SSH-2.0-x\r\n", Nothing(PeekAnswer.NotMine)),
        ["an SSH version with a comment"] = ("SSH-2.0-x Debian\r\n", Nothing(PeekAnswer.NotMine)),
        ["an SMTP greeting"] = ("EHLO foo\r\n", Nothing(PeekAnswer.NotMine)),
        ["a method in small letters without a version"] = ("get /\r\n", Nothing(PeekAnswer.NotMine)),
        ["the HTTP/2 preface"] = ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Nothing(PeekAnswer.NotMine)),
        ["an unregistered method with HTTP/2"] = ("FOO / HTTP/2.0\r\n", Nothing(PeekAnswer.NotMine)),
        ["a NUL after a word that is no method"] = ("foo \0", Nothing(PeekAnswer.NotMine)),
        ["a bare CR after a word that is no method"] = ("foo \rx", Nothing(PeekAnswer.NotMine)),
        ["a line that starts with a space"] = (" GET / HTTP/1.1\r\n", Nothing(PeekAnswer.NotMine)),
        ["a tab after the method"] = ("GET\t/ HTTP/1.1\r\n", Nothing(PeekAnswer.NotMine)),
        ["a method and the end of the line"] = ("GET\r\n", Nothing(PeekAnswer.NotMine)),
        ["a bare CR first"] = ("\rGET / HTTP/1.1\r\n", Nothing(PeekAnswer.NotMine)),
        ["a TLS record"] = ("\x16\x03\x01", Nothing(PeekAnswer.NotMine)),
    };

    public static TheoryData<string> WellFormedVectors => [.. WellFormed.Keys];

    public static TheoryData<string> MalformedVectors => [.. MalformedHeads.Keys];

    public static TheoryData<string> OtherVectors => [.. Others.Keys];

    /// <summary>Whole first flights, well formed and malformed, by what is special about them.</summary>
    internal static IEnumerable<KeyValuePair<string, (byte[] Bytes, Finding Expected)>> WholeVectors =>
        WellFormed.Concat(MalformedHeads).Select(vector => KeyValuePair.Create(
            vector.Key, (Encoding.Latin1.GetBytes(vector.Value.Head), vector.Value.Expected)));

    [Theory]
    [MemberData(nameof(WellFormedVectors))]
    public void A_well_formed_head_is_read_however_it_arrives(string vector) => AssertVector(WellFormed[vector]);

    [Theory]
    [MemberData(nameof(MalformedVectors))]
    public void A_malformed_head_is_malformed_however_it_arrives(string vector) => AssertVector(MalformedHeads[vector]);

    [Theory]
    [MemberData(nameof(OtherVectors))]
    public void Part_of_a_head_needs_more_and_another_protocol_is_not_mine(string vector) => AssertVector(Others[vector]);

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("CONNECT")]
    [InlineData("OPTIONS")]
    [InlineData("TRACE")]
    [InlineData("PATCH")]
    public void A_registered_method_and_a_space_are_certainly_HTTP(string method) =>
        AssertVector(($"{method} ", Http(PeekAnswer.NeedMore)));

    [Fact]
    public void Nothing_is_decided_at_the_first_Host_line()
    {
        var head = WellFormed["a request"].Head;
        for (var length = 0; length < head.Length; length++)
            Assert.Equal(PeekAnswer.NeedMore, Arrivals.Whole(Arrivals.NewHead, Encoding.Latin1.GetBytes(head[..length])).Answer);
    }

    [Fact]
    public void A_head_may_fill_the_peek_to_its_last_byte_and_not_one_more()
    {
        var head = Encoding.Latin1.GetBytes(WellFormed["a request"].Head);

        Arrivals.AssertAlways(Found(), Arrivals.NewHead, head, head.Length);
        Arrivals.AssertAlways(Http(PeekAnswer.TooLarge), Arrivals.NewHead, head, head.Length - 1);
    }

    [Fact]
    public void What_follows_the_most_that_is_peeked_does_not_count()
    {
        var head = Encoding.Latin1.GetBytes("GET / HTTP/1.1\r\nHost: a\r\nX: 0123456789\0\r\n\r\n");

        Arrivals.AssertAlways(Http(PeekAnswer.TooLarge), Arrivals.NewHead, head, 32);
    }

    [Theory]
    [InlineData("PROPFIND /")]
    [InlineData("\r\n\r\n\r\n")]
    public void What_fills_the_peek_and_is_not_certain_to_be_HTTP_is_not_mine(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);

        Arrivals.AssertAlways(Nothing(PeekAnswer.NotMine), Arrivals.NewHead, bytes, bytes.Length);
    }

    private static void AssertVector((string Head, Finding Expected) vector) =>
        Arrivals.AssertAlways(vector.Expected, Arrivals.NewHead, Encoding.Latin1.GetBytes(vector.Head));

    private static Finding Found(string name = Name) => Http(PeekAnswer.Found) with { Name = name };

    private static Finding Malformed(string reason) => Http(PeekAnswer.Malformed) with { Reason = reason };

    private static Finding Http(PeekAnswer answer) => new(answer, Protocols.Http, "", "", false, null);

    private static Finding Nothing(PeekAnswer answer) => new(answer, Protocols.None, "", "", false, null);
}
