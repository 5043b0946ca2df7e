using System.Buffers.Binary;
using System.Text;
using SniForward.Splicing;
using SniForward.Telemetry;

namespace SniForward.Tests.Splicing;

public sealed class RefusalAnswerTests
{
    private static readonly Dictionary<ConnectionEnd, (int Alert, int Status)> Expected = new()
    {
        [ConnectionEnd.NoRoute] = (112, 421),
        [ConnectionEnd.NoName] = (112, 400),
        [ConnectionEnd.Malformed] = (50, 400),
        [ConnectionEnd.TooLarge] = (22, 431),
        [ConnectionEnd.PeekTimeout] = (0, 408),
        [ConnectionEnd.ClientEndedEarly] = (0, 400),
        [ConnectionEnd.ProtocolNotAccepted] = (10, 400),
        [ConnectionEnd.BackendUnreachable] = (80, 502),
        [ConnectionEnd.BackendFull] = (80, 503),
        [ConnectionEnd.BackendTimeout] = (80, 504),
        [ConnectionEnd.BackendDown] = (80, 503),
        [ConnectionEnd.RouteLimit] = (80, 503),
        [ConnectionEnd.NoDescriptor] = (80, 503),
        [ConnectionEnd.PeekMemory] = (80, 503),
        [ConnectionEnd.Loop] = (80, 508),
        [ConnectionEnd.AddressNotAllowed] = (49, 403),
        [ConnectionEnd.HandshakesFull] = (80, 0),
        [ConnectionEnd.HostMismatch] = (0, 421),
        [ConnectionEnd.ClientLimit] = (80, 429),
        [ConnectionEnd.InternalError] = (80, 500),
    };

    [Fact]
    public void Each_end_is_told_as_the_reference_says_and_the_others_are_told_nothing()
    {
        foreach (var end in Enum.GetValues<ConnectionEnd>())
        {
            var (alert, status) = Expected.GetValueOrDefault(end);
            var tls = RefusalAnswer.ToTls(end);
            var http = Encoding.ASCII.GetString(RefusalAnswer.ToHttp(end).Span);

            var http2 = FramesOf(RefusalAnswer.ToHttp2(end, 5).Span);
            var goAwayAlone = FramesOf(RefusalAnswer.ToHttp2(end, 0).Span);
            var postgres = RefusalAnswer.ToPostgres(end);

            Assert.Equal(alert, tls.IsEmpty ? 0 : tls.Span[^1]);
            Assert.Equal(status, http.Length == 0 ? 0 : int.Parse(http[9..12], System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(status == 0 ? [] : [(0x4, 0x0, 0), (0x1, 0x4, 5), (0x0, 0x1, 5), (0x7, 0x0, 0)], http2.Select(frame => (frame.Type, frame.Flags, frame.Stream)));
            Assert.Equal(status == 0 ? [] : [0x4, 0x7], goAwayAlone.Select(frame => frame.Type));
            if (status == 0) continue;
            // A literal whose name is entry 8 of the static table, :status, and whose value is three bytes long.
            Assert.Equal([0x08, 0x03, .. Encoding.ASCII.GetBytes($"{status}")], http2[1].Payload[..5]);
            Assert.Equal([0, 0, 0, 5, 0, 0, 0, end == ConnectionEnd.Malformed ? (byte)1 : (byte)0, .. http2[2].Payload], http2[3].Payload);
            Assert.EndsWith("\n", Encoding.ASCII.GetString(http2[2].Payload), StringComparison.Ordinal);
            Assert.Equal(end is ConnectionEnd.TooLarge or ConnectionEnd.PeekTimeout or ConnectionEnd.ClientEndedEarly, postgres.IsEmpty);
        }
    }

    [Fact]
    public void The_answer_to_the_first_stream_is_that_to_any_other_with_its_number()
    {
        var other = FramesOf(RefusalAnswer.ToHttp2(ConnectionEnd.NoRoute, 0x0102_0305).Span);

        Assert.Equal([0, 1, 1, 0], FramesOf(RefusalAnswer.ToHttp2(ConnectionEnd.NoRoute, 1).Span).Select(frame => frame.Stream));
        Assert.Equal([0, 0x0102_0305, 0x0102_0305, 0], other.Select(frame => frame.Stream));
    }

    private static List<(int Type, int Flags, int Stream, byte[] Payload)> FramesOf(ReadOnlySpan<byte> bytes)
    {
        var frames = new List<(int, int, int, byte[])>();
        while (!bytes.IsEmpty)
        {
            var length = bytes[0] << 16 | bytes[1] << 8 | bytes[2];
            frames.Add((bytes[3], bytes[4], BinaryPrimitives.ReadInt32BigEndian(bytes[5..]), bytes.Slice(9, length).ToArray()));
            bytes = bytes[(9 + length)..];
        }
        return frames;
    }
}
