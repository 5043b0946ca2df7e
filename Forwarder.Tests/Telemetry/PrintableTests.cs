using System.Text;
using CsCheck;
using SniForward.Telemetry;

namespace SniForward.Tests.Telemetry;

/// <summary>What a client chose cannot forge, break or flood a log line.</summary>
public sealed class PrintableTests
{
    [Theory]
    [InlineData("", "-")]
    [InlineData("www.example", "www.example")]
    [InlineData("a\r\nb", @"a\x0D\x0Ab")]
    [InlineData("a b=\"c\"\\", @"a\x20b=\x22c\x22\x5C")]
    [InlineData("\x1b[31m", @"\x1B[31m")]
    [InlineData("\xe9\0", @"\xE9\x00")]
    public void Bytes_that_could_do_harm_are_escaped(string bytes, string expected) =>
        Assert.Equal(expected, Printable.Bytes(Encoding.Latin1.GetBytes(bytes)));

    [Fact]
    public void Any_bytes_become_one_short_printable_word() =>
        Gen.Byte.Array[1, 400].Sample(bytes =>
        {
            var text = Printable.Bytes(bytes);
            Assert.All(text, character => Assert.InRange(character, '!', '~'));
            Assert.InRange(text.Length, 1, 403);
        });

    [Fact]
    public void An_ALPN_list_becomes_its_names()
    {
        Assert.Equal("-", Printable.Alpn([]));
        Assert.Equal("h2,http/1.1", Printable.Alpn("\x02h2\x08http/1.1"u8));
        Assert.Equal(@"\x0A", Printable.Alpn([1, 0x0A]));
    }

    [Fact]
    public void A_long_ALPN_list_is_cut()
    {
        var list = Enumerable.Repeat((byte[])[2, (byte)'h', (byte)'2'], 10_000).SelectMany(name => name).ToArray();

        Assert.InRange(Printable.Alpn(list).Length, 100, 120);
    }
}
