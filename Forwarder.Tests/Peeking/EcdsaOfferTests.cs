using System.Buffers;
using SniForward.Peeking;

namespace SniForward.Tests.Peeking;

public sealed class EcdsaOfferTests
{
    [Theory]
    [InlineData(new byte[] { 0x00, 0x02, 0x04, 0x03 }, true)]
    [InlineData(new byte[] { 0x00, 0x06, 0x08, 0x04, 0x04, 0x01, 0x06, 0x03 }, true)]
    [InlineData(new byte[] { 0x00, 0x04, 0x08, 0x04, 0x02, 0x03 }, false)]
    [InlineData(new byte[] { 0x00, 0x03, 0x08, 0x04, 0x03 }, false)]
    [InlineData(new byte[] { 0x00, 0x09, 0x04, 0x03 }, false)]
    [InlineData(new byte[] { }, false)]
    public void It_takes_a_signature_algorithm_with_SHA_2(byte[] algorithms, bool offers) => Assert.Equal(offers, Of(Hello(algorithms)));

    [Theory]
    [InlineData(new byte[] { 0xc0, 0x2f, 0x00, 0x9c }, false)]
    [InlineData(new byte[] { 0xc0, 0x2f, 0xc0, 0x2b }, true)]
    [InlineData(new byte[] { 0x2b, 0xc0, 0x2b, 0xc0 }, false)]
    [InlineData(new byte[] { 0xc0, 0x2f, 0x13, 0x01 }, true)]
    public void It_takes_a_suite_that_goes_with_it(byte[] suites, bool offers) =>
        Assert.Equal(offers, Of(Hello([0x00, 0x02, 0x04, 0x03]) with { CipherSuites = suites }));

    [Fact]
    public void A_hello_without_signature_algorithms_does_not() => Assert.False(Of(HelloBuilder.For("a.example")));

    [Fact]
    public void What_is_no_whole_hello_does_not()
    {
        var hello = Hello([0x00, 0x02, 0x04, 0x03]).Records();

        for (var length = 0; length < hello.Length; length++) Assert.False(EcdsaOffer.Of(new ReadOnlySequence<byte>(hello, 0, length)));
        Assert.False(EcdsaOffer.Of(new ReadOnlySequence<byte>("GET / HTTP/1.1\r\n\r\n"u8.ToArray())));
    }

    [Fact]
    public void Records_of_any_size_make_no_difference_and_nothing_is_allocated()
    {
        var hello = Hello([0x00, 0x02, 0x04, 0x03]);
        for (var size = 1; size < 40; size++) Assert.True(EcdsaOffer.Of(new ReadOnlySequence<byte>(hello.Records(size))));

        var received = new ReadOnlySequence<byte>(hello.Records());
        Allocations.AssertNone(() => EcdsaOffer.Of(received));
    }

    private static HelloBuilder Hello(byte[] algorithms) => new() { Extensions = [HelloBuilder.ServerName("a.example"), HelloBuilder.Extension(0x000d, algorithms)] };

    private static bool Of(HelloBuilder hello) => EcdsaOffer.Of(new ReadOnlySequence<byte>(hello.Records()));
}
