using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using SniForward.Routing;

namespace SniForward.Tests.Routing;

/// <summary>What is a name, what is an address, and what is refused. Bytes are written as Latin-1 text.</summary>
public sealed class HostNameTests
{
    private static readonly string Label63 = new('l', 63);
    private static readonly string Name253 = $"{Label63}.{Label63}.{Label63}.{new string('m', 61)}";

    public static TheoryData<string, string> Names() => new()
    {
        { "www.example.com", "www.example.com" },
        { "WWW.Example.COM", "www.example.com" },
        { "www.example.com.", "www.example.com" },
        { "localhost", "localhost" },
        { "my_bucket.s3.example.com", "my_bucket.s3.example.com" },
        { "-a-.example", "-a-.example" },
        { "xn--bcher-kva.example", "xn--bcher-kva.example" },
        { "1.2.3", "1.2.3" },
        { "1.2.3.4.5", "1.2.3.4.5" },
        { "1.2.3.256", "1.2.3.256" },
        { "01.2.3.4", "01.2.3.4" },
        { "0x7f.0.0.1", "0x7f.0.0.1" },
        { Label63, Label63 },
        { Name253, Name253 },
        { Name253 + ".", Name253 },
    };

    public static TheoryData<string> MalformedAnywhere() =>
    [
        ".", "..", "a..b", ".a", "a..", "a b", " a", "a ", "a\tb", "a\0b", "a\0", "a/b", "a\\b", "a@b", "user@host", "a%b", "a%2eb",
        "a,b", "a;b", "a*b", "*.a", "a\nb", "a\rb", "b\xFCcher.example", "\xC3\xBC.example", "a?b", "a#b", "a]b", "(a)", "a=b", "a\x7F",
        "l" + Label63, Name253 + "m", Name253 + "m.", "https://a", "a:b", "g::h", "a:80:90", "[::1]:80x",
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_name_is_lower_case_and_without_its_final_dot(string raw, string expected)
    {
        Assert.Equal((HostNameKind.Name, expected), Normalize(raw, HostNameSource.Sni));
        Assert.Equal((HostNameKind.Name, expected), Normalize(raw, HostNameSource.Host));
        Assert.Equal((HostNameKind.Name, expected), Normalize(raw + ":443", HostNameSource.Host));
    }

    [Theory]
    [MemberData(nameof(MalformedAnywhere))]
    public void What_is_no_name_is_malformed_wherever_it_comes_from(string raw)
    {
        Assert.Equal((HostNameKind.Malformed, ""), Normalize(raw, HostNameSource.Sni));
        Assert.Equal((HostNameKind.Malformed, ""), Normalize(raw, HostNameSource.Host));
    }

    [Theory]
    [InlineData("a:0", "a")]
    [InlineData("a:65535", "a")]
    [InlineData("a:00080", "a")]
    [InlineData("a:", "a")]
    [InlineData("a.:80", "a")]
    public void A_Host_may_have_a_port(string raw, string expected)
    {
        Assert.Equal((HostNameKind.Name, expected), Normalize(raw, HostNameSource.Host));
        Assert.Equal((HostNameKind.Malformed, ""), Normalize(raw, HostNameSource.Sni));
    }

    [Theory]
    [InlineData("a:65536")]
    [InlineData("a:000080")]
    [InlineData("a:+80")]
    [InlineData("a:-1")]
    [InlineData("a: 80")]
    [InlineData("a:80 ")]
    [InlineData("a:8o")]
    [InlineData(":80")]
    [InlineData(":")]
    public void A_port_is_up_to_five_digits_and_at_most_65535(string raw) =>
        Assert.Equal((HostNameKind.Malformed, ""), Normalize(raw, HostNameSource.Host));

    [Fact]
    public void An_empty_Host_is_no_name_and_an_empty_SNI_is_malformed()
    {
        Assert.Equal((HostNameKind.None, ""), Normalize("", HostNameSource.Host));
        Assert.Equal((HostNameKind.Malformed, ""), Normalize("", HostNameSource.Sni));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("192.0.2.1.", "192.0.2.1")]
    [InlineData("192.0.2.1:80", "192.0.2.1")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("[::1]", "::1")]
    [InlineData("[::1]:443", "::1")]
    [InlineData("[::1]:", "::1")]
    [InlineData("[2001:DB8:0:0:0:0:0:1]", "2001:db8::1")]
    [InlineData("[::ffff:192.0.2.1]", "::ffff:192.0.2.1")]
    public void An_address_in_a_Host_is_an_address_in_canonical_form(string raw, string expected) =>
        Assert.Equal((HostNameKind.Address, expected), Normalize(raw, HostNameSource.Host));

    [Theory]
    [InlineData("[::1]")]
    [InlineData("[::1]:443")]
    [InlineData("::1/64")]
    [InlineData("::1%1")]
    public void An_SNI_writes_no_address_with_more_around_it(string raw) =>
        Assert.Equal((HostNameKind.Malformed, ""), Normalize(raw, HostNameSource.Sni));

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("192.0.2.1.")]
    [InlineData("::1")]
    [InlineData("2001:db8::1")]
    public void An_address_in_an_SNI_is_no_name(string raw) => Assert.Equal((HostNameKind.None, ""), Normalize(raw, HostNameSource.Sni));

    [Theory]
    [InlineData("::1")]
    [InlineData("[::1")]
    [InlineData("::1]")]
    [InlineData("[]")]
    [InlineData("[::1]x")]
    [InlineData("[::1]80")]
    [InlineData("[::1]:99999")]
    [InlineData("[::1]:80x")]
    [InlineData("[fe80::1%eth0]")]
    [InlineData("[::1/64]")]
    [InlineData("[192.0.2.1]")]
    [InlineData("[example.com]")]
    [InlineData("[::g]")]
    [InlineData("[[::1]]")]
    public void What_is_almost_an_IPv6_literal_is_malformed(string raw) =>
        Assert.Equal((HostNameKind.Malformed, ""), Normalize(raw, HostNameSource.Host));

    [Theory]
    [InlineData("WWW.Example.com.", "www.example.com")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::1", "::1")]
    [InlineData("[2001:DB8::1]", "2001:db8::1")]
    public void The_configuration_writes_names_and_addresses(string text, string expected)
    {
        Assert.True(HostName.TryNormalize(text, out var name));
        Assert.Equal(expected, name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a:80")]
    [InlineData("192.0.2.1:80")]
    [InlineData("[::1]:80")]
    [InlineData("[::1%lo]")]
    [InlineData("::1/64")]
    [InlineData("[::1")]
    [InlineData("*.example.com")]
    [InlineData("bücher.example")]
    public void The_configuration_writes_nothing_else(string text) => Assert.False(HostName.TryNormalize(text, out _));

    [Fact]
    public void Any_bytes_get_the_answer_of_a_slow_reader() =>
        Gen.OneOf(Gen.Char["aZ09-_.:[]*/% \0\xFC"].Array[0, 30], Gen.Char[" aA1.:"].Array[240, 262], Gen.Char["0123456789.:"].Array[5, 20])
            .Select(characters => new string(characters)).Sample(raw =>
            {
                Assert.Equal(SlowSni(raw), Normalize(raw, HostNameSource.Sni).Kind);
                Assert.Equal(SlowHost(raw), Normalize(raw, HostNameSource.Host).Kind);
            }, iter: 20_000);

    [Fact]
    public void Case_a_final_dot_and_a_port_never_change_a_name() =>
        Gen.Char["abcXYZ019-_"].Array[1, 10].Array[1, 6].Select(labels => string.Join('.', labels.Select(label => new string(label)))).Sample(raw =>
        {
            var (kind, name) = Normalize(raw, HostNameSource.Host);
            Assert.Equal((kind, name), Normalize(raw.ToUpperInvariant(), HostNameSource.Host));
            Assert.Equal((kind, name), Normalize(raw + ".", HostNameSource.Host));
            Assert.Equal((kind, name), Normalize(raw + ":8443", HostNameSource.Host));
            Assert.Equal((kind, name), Normalize(name, HostNameSource.Host));
            Assert.True(HostName.TryNormalize(raw, out var configured));
            Assert.Equal(name, configured);
        });

    [Fact]
    public void Normalising_a_name_or_an_IPv4_address_allocates_nothing()
    {
        var buffer = new char[HostName.MaxLength];

        Allocations.AssertNone(() =>
        {
            HostName.Normalize("WWW.Example.com.:443"u8, HostNameSource.Host, buffer, out _);
            HostName.Normalize("192.0.2.1:80"u8, HostNameSource.Host, buffer, out _);
            HostName.Normalize("not a name"u8, HostNameSource.Sni, buffer, out _);
        });
    }

    private static (HostNameKind Kind, string Text) Normalize(string raw, HostNameSource source)
    {
        var buffer = new char[HostName.MaxLength];
        var kind = HostName.Normalize(Encoding.Latin1.GetBytes(raw), source, buffer, out var length);
        return (kind, new string(buffer, 0, length));
    }

    private static HostNameKind SlowSni(string raw)
    {
        if (raw.Contains(':')) return IsIPv6(raw) ? HostNameKind.None : HostNameKind.Malformed;
        var kind = SlowName(raw);
        return kind == HostNameKind.Address ? HostNameKind.None : kind;
    }

    private static HostNameKind SlowHost(string raw)
    {
        if (raw.Length == 0) return HostNameKind.None;
        var port = Regex.Match(raw, @":([0-9]{0,5})\z");
        if (port.Success && !raw.EndsWith(']'))
        {
            if (port.Groups[1].Length > 0 && int.Parse(port.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) > 65535) return HostNameKind.Malformed;
            raw = raw[..port.Index];
        }
        if (raw.StartsWith('[') && raw.EndsWith(']')) return IsIPv6(raw[1..^1]) ? HostNameKind.Address : HostNameKind.Malformed;
        return SlowName(raw);
    }

    private static HostNameKind SlowName(string raw)
    {
        var name = Regex.Replace(raw, @"\.\z", "");
        const string Octet = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
        if (Regex.IsMatch(name, $@"\A{Octet}\.{Octet}\.{Octet}\.{Octet}\z")) return HostNameKind.Address;
        return name.Length <= 253 && Regex.IsMatch(name, @"\A[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\z") ? HostNameKind.Name : HostNameKind.Malformed;
    }

    private static bool IsIPv6(string text) =>
        !text.Contains('%') && !text.Contains('[') && !text.Contains('/') && IPAddress.TryParse(text, out var address)
        && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
}
