using System.Buffers;
using System.Buffers.Binary;
using CsCheck;
using SniForward.Peeking;

namespace SniForward.Tests.Peeking;

public sealed class PostgresStartTests
{
    private const int Ssl = 80877103, Gss = 80877104, Cancel = 80877102, Version3 = 0x0003_0000;

    [Theory]
    [InlineData(8, Ssl, PeekAnswer.AwaitsAnswer, PostgresRequest.Tls)]
    [InlineData(8, Gss, PeekAnswer.AwaitsAnswer, PostgresRequest.GssEncryption)]
    [InlineData(16, Cancel, PeekAnswer.NoName, PostgresRequest.Cancel)]
    [InlineData(268, Cancel, PeekAnswer.NoName, PostgresRequest.Cancel)]
    [InlineData(9, Version3, PeekAnswer.NoName, PostgresRequest.Startup)]
    [InlineData(10_000, Version3, PeekAnswer.NoName, PostgresRequest.Startup)]
    [InlineData(84, 0x0003_0002, PeekAnswer.NoName, PostgresRequest.Startup)]
    [InlineData(296, 0x0002_0000, PeekAnswer.NoName, PostgresRequest.Startup)]
    [InlineData(9, Ssl, PeekAnswer.NotMine, PostgresRequest.None)]
    [InlineData(16, Gss, PeekAnswer.NotMine, PostgresRequest.None)]
    [InlineData(8, Cancel, PeekAnswer.NotMine, PostgresRequest.None)]
    [InlineData(269, Cancel, PeekAnswer.NotMine, PostgresRequest.None)]
    [InlineData(8, Version3, PeekAnswer.NotMine, PostgresRequest.None)]
    [InlineData(7, Ssl, PeekAnswer.NotMine, PostgresRequest.None)]
    [InlineData(0, Ssl, PeekAnswer.NotMine, PostgresRequest.None)]
    [InlineData(-8, Ssl, PeekAnswer.NotMine, PostgresRequest.None)]
    [InlineData(10_001, Version3, PeekAnswer.NotMine, PostgresRequest.None)]
    [InlineData(100, 0x0001_0000, PeekAnswer.NotMine, PostgresRequest.None)]
    [InlineData(100, 0x0004_0000, PeekAnswer.NotMine, PostgresRequest.None)]
    [InlineData(100, 80877105, PeekAnswer.NotMine, PostgresRequest.None)]
    public void A_first_message_is_what_its_length_and_its_code_say(int length, int code, object answer, object request)
    {
        byte[] bytes = [.. Bytes(length, code), .. "user\0alice\0\0"u8];
        var isPostgres = (PostgresRequest)request != PostgresRequest.None;

        Arrivals.AssertAlways(
            new Finding((PeekAnswer)answer, isPostgres ? Protocols.Postgres : Protocols.None, "", "", false, null), Arrivals.NewPostgres, bytes);

        var result = new PeekResult();
        PostgresStart.Read(new ReadOnlySequence<byte>(bytes), ref result);
        Assert.Equal(request, result.Postgres);
    }

    [Fact]
    public void What_is_certain_at_a_byte_stays_so_whatever_follows() =>
        Gen.Select(Gen.Int[-10, 12_000], Gen.OneOf(Gen.Const(Ssl), Gen.Const(Gss), Gen.Const(Cancel), Gen.Const(Version3), Gen.Int)).Sample((length, code) =>
        {
            var bytes = Bytes(length, code);
            var last = Answer(bytes);
            for (var have = 0; have < bytes.Length; have++)
            {
                var answer = Answer(bytes[..have]);
                if (answer is not PeekAnswer.NeedMore) Assert.Equal(last, answer);
            }
            Assert.NotEqual(PeekAnswer.NeedMore, last);
        }, iter: 20_000);

    [Fact]
    public void A_byte_that_no_length_begins_with_is_enough()
    {
        Assert.Equal(PeekAnswer.NotMine, Answer([0x01]));
        Assert.Equal(PeekAnswer.NotMine, Answer([0x00, 0x01]));
        Assert.Equal(PeekAnswer.NotMine, Answer([0x00, 0x00, 0x28]));
        Assert.Equal(PeekAnswer.NeedMore, Answer([0x00, 0x00, 0x27]));
        Assert.Equal(PeekAnswer.NeedMore, Answer([]));
    }

    private static PeekAnswer Answer(byte[] bytes)
    {
        var result = new PeekResult();
        return PostgresStart.Read(new ReadOnlySequence<byte>(bytes), ref result);
    }

    private static byte[] Bytes(int length, int code)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), code);
        return bytes;
    }
}
