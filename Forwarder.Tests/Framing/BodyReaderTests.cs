using System.Text;
using SniForward.Framing;

namespace SniForward.Tests.Framing;

/// <summary>Where bodies end. docs/http.md has chunked ones that are refused.</summary>
public sealed class BodyReaderTests
{
    private static readonly BodyFraming Chunked = new(BodyKind.Chunked);

    [Theory]
    [InlineData("0\r\n\r\n")]
    [InlineData("000\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")]
    [InlineData("A\r\n0123456789\r\n0\r\n\r\n")]
    [InlineData("00a\r\n0\r\n\r\n45678\r\n0\r\n\r\n")]
    [InlineData("000000000000001\r\nx\r\n0\r\n\r\n")]
    [InlineData("1;a=b;c=\"d;e\"\t\r\nx\r\n0;x\r\n\r\n")]
    [InlineData("0\r\nA: b\r\nx-checksum:\r\n\r\n")]
    [InlineData("2\r\n\r\n\r\n0\r\n\r\n")]
    public void A_chunked_body_ends_behind_its_trailers(string body)
    {
        var bytes = Encoding.Latin1.GetBytes(body);

        BodyReading.AssertAlways($"Ended {bytes.Length}", Chunked, bytes);
        BodyReading.AssertAlways($"Ended {bytes.Length}", Chunked, [.. bytes, .. bytes]);
        for (var length = 0; length < bytes.Length; length++) Assert.Equal("More", BodyReading.Read(Chunked, BodyReading.Whole(bytes[..length])));
    }

    [Fact]
    public void Chunk_extensions_and_trailers_may_take_so_much_together()
    {
        var most = $"1;{new string('e', 8191)}\r\nx\r\n0\r\nA:{new string('t', 8190)}\r\n\r\n";
        var more = most.Replace("A:", "AB:", StringComparison.Ordinal);

        Assert.Equal($"Ended {most.Length}", BodyReading.Read(Chunked, BodyReading.Whole(Encoding.Latin1.GetBytes(most))));
        Assert.Equal("Malformed: chunk extensions and trailers take more than 16384 bytes", BodyReading.Read(Chunked, BodyReading.Whole(Encoding.Latin1.GetBytes(more))));
    }

    [Fact]
    public void What_was_right_of_a_malformed_body_is_told()
    {
        var reader = new BodyReader(Chunked);

        Assert.Equal(BodyAnswer.Malformed, reader.Read("5\r\nhello!"u8, out var taken));
        Assert.Equal(8, taken);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void A_length_is_held(int length)
    {
        var bytes = "hello"u8.ToArray();
        BodyReading.AssertAlways($"Ended {length}", new BodyFraming(BodyKind.Length, length), bytes);
        BodyReading.AssertAlways("More", new BodyFraming(BodyKind.Length, bytes.Length + 1), bytes);
    }

    [Fact]
    public void No_body_ends_at_once()
    {
        Assert.True(new BodyReader(default).HasEnded);
        Assert.True(new BodyReader(new BodyFraming(BodyKind.Length)).HasEnded);
        Assert.False(new BodyReader(Chunked).HasEnded);
        BodyReading.AssertAlways("Ended 0", default, "hello"u8.ToArray());
    }

    [Theory]
    [InlineData(BodyKind.UntilClose)]
    [InlineData(BodyKind.Tunnel)]
    internal void Until_the_connection_ends_every_byte_belongs_to_the_body(BodyKind kind)
    {
        var body = new BodyFraming(kind);

        BodyReading.AssertAlways("More", body, "0\r\n\r\n"u8.ToArray());
        Assert.Equal(long.MaxValue, new BodyReader(body).Certain);
        Assert.True(new BodyReader(body).MayEnd);
    }

    [Fact]
    public void A_connection_that_ends_within_a_body_cuts_it_off()
    {
        var length = new BodyReader(new BodyFraming(BodyKind.Length, 5));
        var chunked = new BodyReader(Chunked);
        length.Read("hell"u8, out _);
        chunked.Read("0\r\n\r"u8, out _);
        Assert.False(length.MayEnd);
        Assert.False(chunked.MayEnd);

        length.Read("o"u8, out _);
        chunked.Read("\n"u8, out _);
        Assert.True(length.MayEnd);
        Assert.True(chunked.MayEnd);
    }

    [Fact]
    public void What_is_certain_may_be_moved_without_being_looked_at()
    {
        const long Large = 0x0fff_ffff_ffff_ffff;
        var length = new BodyReader(new BodyFraming(BodyKind.Length, Large));
        var chunked = new BodyReader(Chunked);
        Assert.Equal(0, chunked.Certain);
        chunked.Read("fffffffffffffff\r\n"u8, out _);

        Assert.Equal(Large, length.Certain);
        Assert.Equal(Large, chunked.Certain);
        length.Pass(Large - 1);
        chunked.Pass(Large - 1);
        Assert.Equal(1, length.Certain);
        Assert.Equal(1, chunked.Certain);
        length.Pass(1);
        chunked.Pass(1);
        Assert.True(length.HasEnded);
        Assert.Equal(0, chunked.Certain);
        Assert.Equal(BodyAnswer.Ended, chunked.Read("\r\n0\r\n\r\n"u8, out var taken));
        Assert.Equal(7, taken);
    }

    [Fact]
    public void Reading_a_body_allocates_nothing()
    {
        byte[] bytes = [.. "400;a=b\r\n"u8, .. new byte[1024], .. "\r\n0\r\nA: b\r\n\r\n"u8];

        Allocations.AssertNone(() =>
        {
            var reader = new BodyReader(Chunked);
            for (var at = 0; at < bytes.Length; at += 100) reader.Read(bytes.AsSpan(at, Math.Min(100, bytes.Length - at)), out _);
            Assert.True(reader.HasEnded);
        });
    }
}
