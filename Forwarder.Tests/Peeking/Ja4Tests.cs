using System.Buffers;
using System.Globalization;
using CsCheck;
using SniForward.Peeking;
using static SniForward.Tests.Peeking.HelloBuilder;

namespace SniForward.Tests.Peeking;

/// <summary>JA4 against the fingerprints in FoxIO's own description, and against a slow second reader.</summary>
public sealed class Ja4Tests
{
    /// <summary>The raw forms, in the order of the hello, and what they come to.</summary>
    [Theory]
    [InlineData(
        "1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035",
        "001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015",
        "0403,0804,0401,0503,0805,0501,0806,0601", "h2", "t13d1516h2_8daaf6152771_e5627efa2ab1")]
    [InlineData(
        "00ff,1301,1302,1303,c02b,c02c,c02f,c030,cca8,cca9", "0000,0010,0005,000a,000b,000d,0017,0023,002b,002d,0033",
        "0503,0403,0807,0806,0805,0804,0601,0501,0401", "h2", "t13d1011h2_61a7ad8aa9b6_3fcd1a44f3e3")]
    public void A_published_fingerprint_comes_of_its_raw_form(string suites, string extensions, string algorithms, string alpn, string expected)
    {
        foreach (var grease in new[] { false, true })
        {
            var builder = new HelloBuilder
            {
                CipherSuites = [.. grease ? [0x1a, 0x1a] : Array.Empty<byte>(), .. Words(suites)],
                Extensions = [.. grease ? [Extension(0xdada, [])] : Array.Empty<byte[]>(), .. extensions.Split(',').Select(type => Made(type, algorithms, alpn, grease))],
            };

            Assert.Equal(expected, Fingerprint(builder.Records()));
            Assert.Equal(expected, Fingerprint(builder.Records(50, 3, 400)));
        }
    }

    [Theory]
    [InlineData("h2", "h2")]
    [InlineData("http/1.1", "h1")]
    [InlineData("x", "xx")]
    [InlineData("\xAB", "ab")]
    [InlineData("\xAB\xCD", "ad")]
    [InlineData("0\xAB", "3b")]
    [InlineData("01\xAB\xCD", "3d")]
    [InlineData("0\xAB\u00CD1", "01")]
    [InlineData("a-", "6d")]
    public void The_first_ALPN_protocol_gives_two_characters(string protocol, string expected) =>
        Assert.Equal(expected, Fingerprint(With(Alpn(protocol, "other")).Records())![8..10]);

    [Theory]
    [InlineData(0x0303, new byte[] { 0x5a, 0x5a, 0x03, 0x04, 0x03, 0x03 }, "13")]
    [InlineData(0x0303, new byte[] { 0x03, 0x03, 0x03, 0x01 }, "12")]
    [InlineData(0x0302, null, "11")]
    [InlineData(0x0300, null, "s3")]
    [InlineData(0x0101, null, "00")]
    public void The_version_is_the_highest_that_is_supported(int legacy, byte[]? supported, string expected)
    {
        var hello = (supported is null ? With() : With(Extension(0x002b, Vector8(supported)))).Records();
        (hello[9], hello[10]) = ((byte)(legacy >> 8), (byte)legacy);

        Assert.Equal(expected, Fingerprint(hello)![1..3]);
    }

    [Fact]
    public void What_there_is_none_of_is_zeros() =>
        Assert.Equal("t12i0100_000000000000", $"{Fingerprint((new HelloBuilder { Extensions = null, CipherSuites = [0x13, 0x01] }).Records())![..8]}_{Fingerprint(With(ServerName("a"), Alpn("h2")).Records())![^12..]}");

    [Fact]
    public void Counts_end_at_99() =>
        Assert.Equal("9999", Fingerprint(new HelloBuilder
        {
            CipherSuites = [.. Enumerable.Range(0, 300).SelectMany(i => new byte[] { 0xc0, (byte)i })],
            Extensions = [.. Enumerable.Range(0, 200).Select(i => Extension((ushort)(0x4000 + i), []))],
        }.Records())![4..8]);

    [Theory]
    [MemberData(nameof(RecordedHelloTests.Clients), MemberType = typeof(RecordedHelloTests))]
    public void A_real_client_s_is_what_the_slow_reader_says(string client)
    {
        var bytes = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Peeking", "Hellos", client + ".bin"));

        Assert.Equal(Ja4Oracle.Read(bytes), Fingerprint(bytes));
    }

    [Fact]
    public void Any_hello_s_is_what_the_slow_reader_says() =>
        PeekPropertyTests.Mutated(PeekPropertyTests.GenHello).Sample(
            bytes =>
            {
                var isHello = Arrivals.Whole(Arrivals.NewHello, bytes).Answer is PeekAnswer.Found or PeekAnswer.NoName;
                Assert.Equal(isHello ? Ja4Oracle.Read(bytes) : null, Fingerprint(bytes));
            },
            iter: 20_000);

    [Fact]
    public void A_fingerprint_allocates_nothing()
    {
        var received = new ReadOnlySequence<byte>(Modern("app.example.com").Records(200));
        var text = new char[Ja4.Length];

        Allocations.AssertNone(() => Assert.True(Ja4.TryWrite(received, text)));
    }

    private static byte[] Made(string type, string algorithms, string alpn, bool grease) => type switch
    {
        "0000" => ServerName("a.example"),
        "000d" => Extension(0x000d, Vector16([.. grease ? [0x2a, 0x2a] : Array.Empty<byte>(), .. Words(algorithms)])),
        "0010" => Alpn(alpn, "http/1.1"),
        "002b" => SupportedVersions(),
        _ => Extension(ushort.Parse(type, NumberStyles.HexNumber, CultureInfo.InvariantCulture), []),
    };

    private static byte[] Words(string list) => Convert.FromHexString(list.Replace(",", "", StringComparison.Ordinal));

    private static HelloBuilder With(params byte[][] extensions) => new() { Extensions = extensions };

    private static string? Fingerprint(byte[] bytes)
    {
        Span<char> text = stackalloc char[Ja4.Length];
        return Ja4.TryWrite(new ReadOnlySequence<byte>(bytes), text) ? text.ToString() : null;
    }
}
