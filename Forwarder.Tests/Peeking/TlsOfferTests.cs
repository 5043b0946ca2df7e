using System.Buffers;
using SniForward.Peeking;

namespace SniForward.Tests.Peeking;

public sealed class TlsOfferTests
{
    private static readonly byte[] Ecdsa = [0x00, 0x02, 0x04, 0x03];
    private static readonly byte[] P256 = [0x00, 0x02, 0x00, 0x17];

    [Theory]
    [InlineData(new byte[] { 0x00, 0x02, 0x04, 0x03 }, true)]
    [InlineData(new byte[] { 0x00, 0x06, 0x08, 0x04, 0x04, 0x01, 0x06, 0x03 }, true)]
    [InlineData(new byte[] { 0x00, 0x04, 0x08, 0x04, 0x02, 0x03 }, false)]
    [InlineData(new byte[] { 0x00, 0x03, 0x08, 0x04, 0x03 }, false)]
    [InlineData(new byte[] { 0x00, 0x09, 0x04, 0x03 }, false)]
    [InlineData(new byte[] { }, false)]
    public void Ecdsa_takes_a_signature_algorithm_with_SHA_2(byte[] algorithms, bool offers) =>
        Assert.Equal(new TlsOffer(Tls13: true, offers), Of(Hello(algorithms, HelloBuilder.SupportedVersions())));

    [Theory]
    [InlineData(new byte[] { 0xc0, 0x2f, 0x00, 0x9c }, false)]
    [InlineData(new byte[] { 0xc0, 0x2f, 0xc0, 0x2b }, true)]
    [InlineData(new byte[] { 0x2b, 0xc0, 0x2b, 0xc0 }, false)]
    [InlineData(new byte[] { 0xc0, 0x09, 0xc0, 0x23 }, false)]
    public void Ecdsa_takes_a_suite_that_goes_with_it_in_TLS_1_2(byte[] suites, bool offers) =>
        Assert.Equal(new TlsOffer(Tls13: false, offers), Of(Hello(Ecdsa) with { CipherSuites = suites }));

    [Theory]
    [InlineData(new byte[] { 0xc0, 0x2f }, false, true)]
    [InlineData(new byte[] { 0xc0, 0x30, 0xc0, 0x2c }, true, true)]
    [InlineData(new byte[] { 0xc0, 0x2b, 0x00, 0x9c }, true, false)]
    [InlineData(new byte[] { 0xcc, 0xa8, 0xcc, 0xa9, 0xc0, 0x13, 0x00, 0x9e }, false, false)]
    [InlineData(new byte[] { 0x2f, 0xc0, 0x2b, 0xc0 }, false, false)]
    public void Suites_with_forward_secrecy_and_AES_GCM_are_told_apart_by_the_key(byte[] suites, bool ecdsa, bool rsa)
    {
        var offer = Of(Hello(Ecdsa, HelloBuilder.Extension(0x000a, P256)) with { CipherSuites = suites });

        Assert.Equal((ecdsa, rsa), (offer.EcdsaGcm, offer.RsaGcm));
    }

    [Theory]
    [InlineData(new byte[] { 0x00, 0x02, 0x00, 0x17 }, true)]
    [InlineData(new byte[] { 0x00, 0x04, 0x00, 0x1d, 0x00, 0x17 }, true)]
    [InlineData(new byte[] { 0x00, 0x02, 0x00, 0x1e }, false)]
    [InlineData(new byte[] { 0x00, 0x04, 0x00, 0x17 }, false)]
    [InlineData(new byte[] { }, false)]
    public void A_suite_with_forward_secrecy_takes_a_group_that_servers_have(byte[] groups, bool offers) =>
        Assert.Equal(offers, Of(Hello(Ecdsa, HelloBuilder.Extension(0x000a, groups))).RsaGcm);

    [Theory]
    [InlineData(new byte[] { 0x02, 0x03, 0x04 }, true)]
    [InlineData(new byte[] { 0x04, 0x03, 0x03, 0x03, 0x04 }, true)]
    [InlineData(new byte[] { 0x02, 0x03, 0x03 }, false)]
    [InlineData(new byte[] { 0x03, 0x00, 0x03, 0x04 }, false)]
    [InlineData(new byte[] { 0x05, 0x03, 0x04 }, false)]
    public void TLS_1_3_is_among_the_supported_versions(byte[] versions, bool offers) =>
        Assert.Equal(offers, Of(Hello(Ecdsa, HelloBuilder.Extension(0x002b, versions))).Tls13);

    [Fact]
    public void A_hello_without_extensions_offers_neither() => Assert.Equal(default, Of(new HelloBuilder { Extensions = null }));

    [Fact]
    public void What_is_no_whole_hello_offers_nothing()
    {
        var hello = Hello(Ecdsa, HelloBuilder.SupportedVersions()).Records();

        for (var length = 0; length < hello.Length; length++) Assert.Equal(default, TlsOffer.Of(new ReadOnlySequence<byte>(hello, 0, length)));
        Assert.Equal(default, TlsOffer.Of(new ReadOnlySequence<byte>("GET / HTTP/1.1\r\n\r\n"u8.ToArray())));
    }

    [Fact]
    public void Records_of_any_size_make_no_difference_and_nothing_is_allocated()
    {
        var hello = Hello(Ecdsa, HelloBuilder.SupportedVersions());
        for (var size = 1; size < 40; size++) Assert.Equal(new TlsOffer(true, true), TlsOffer.Of(new ReadOnlySequence<byte>(hello.Records(size))));

        var received = new ReadOnlySequence<byte>(hello.Records());
        Allocations.AssertNone(() => TlsOffer.Of(received));
    }

    private static HelloBuilder Hello(byte[] algorithms, params byte[][] more) =>
        new() { Extensions = [HelloBuilder.ServerName("a.example"), HelloBuilder.Extension(0x000d, algorithms), .. more] };

    private static TlsOffer Of(HelloBuilder hello) => TlsOffer.Of(new ReadOnlySequence<byte>(hello.Records()));
}
