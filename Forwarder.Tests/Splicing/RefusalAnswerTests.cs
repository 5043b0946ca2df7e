using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using SniForward.Splicing;
using SniForward.Telemetry;

namespace SniForward.Tests.Splicing;

public sealed partial class RefusalAnswerTests
{
    // As RFC 9110 §5.6.7 writes dates, with another offset than its own.
    private static readonly DateTimeOffset Now = new(2026, 3, 5, 7, 8, 9, TimeSpan.FromHours(1));
    private const string Date = "Thu, 05 Mar 2026 06:08:09 GMT";

    private static readonly Dictionary<ConnectionEnd, (int Alert, int Status)> Expected = new()
    {
        [ConnectionEnd.NoRoute] = (112, 421),
        [ConnectionEnd.Redirected] = (0, 308),
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
        [ConnectionEnd.NoAnswer] = (0, 502),
        [ConnectionEnd.BadAnswer] = (0, 502),
        [ConnectionEnd.AnswerTimeout] = (0, 504),
        [ConnectionEnd.RequestLimit] = (0, 429),
        [ConnectionEnd.InternalError] = (80, 500),
    };

    [Fact]
    public void Each_end_is_told_as_the_reference_says_and_the_others_are_told_nothing()
    {
        foreach (var end in Enum.GetValues<ConnectionEnd>())
        {
            var (alert, status) = Expected.GetValueOrDefault(end);
            var tls = RefusalAnswer.ToTls(end);
            var http = Http(end, new() { Now = Now });

            var http2 = Http2(end, new() { Now = Now, StreamId = 5 });
            var goAwayAlone = Http2(end, new() { Now = Now });
            var postgres = RefusalAnswer.ToPostgres(end);

            Assert.Equal(alert, tls.IsEmpty ? 0 : tls.Span[^1]);
            Assert.Equal(status, http.Length == 0 ? 0 : int.Parse(http[9..12], CultureInfo.InvariantCulture));
            Assert.Equal(status == 0 ? [] : [(0x4, 0x0, 0), (0x1, 0x4, 5), (0x0, 0x1, 5), (0x7, 0x0, 0)], http2.Select(frame => (frame.Type, frame.Flags, frame.Stream)));
            Assert.Equal(status == 0 ? [] : [0x4, 0x7], goAwayAlone.Select(frame => frame.Type));
            if (status == 0) continue;
            // A literal whose name is entry 8 of the static table, :status, and whose value is three bytes long.
            Assert.Equal([0x08, 0x03, .. Encoding.ASCII.GetBytes($"{status}")], http2[1].Payload[..5]);
            Assert.Equal([0, 0, 0, 5, 0, 0, 0, end == ConnectionEnd.Malformed ? (byte)1 : (byte)0, .. http2[2].Payload], http2[3].Payload);
            Assert.EndsWith("\n", Encoding.ASCII.GetString(http2[2].Payload), StringComparison.Ordinal);
            if (alert == 0 && end is ConnectionEnd.NoAnswer or ConnectionEnd.BadAnswer or ConnectionEnd.AnswerTimeout or ConnectionEnd.RequestLimit) continue;
            Assert.Equal(end is ConnectionEnd.TooLarge or ConnectionEnd.PeekTimeout or ConnectionEnd.ClientEndedEarly or ConnectionEnd.Redirected, postgres.IsEmpty);
        }
    }

    public static TheoryData<int, bool, int> Requests() => new(
        from status in Expected.Values.Select(expected => expected.Status).Where(status => status > 0).Distinct()
        from isHead in new[] { false, true }
        from retryAfter in new[] { 0, 1, int.MaxValue }
        select (status, isHead, retryAfter));

    /// <summary>RFC 9112 §4 to §6 and §9.6; RFC 9110 §6.6.1 (Date), §8.3, §8.6, §9.3.2 (HEAD), §10.2.3 (Retry-After).</summary>
    [Theory]
    [MemberData(nameof(Requests))]
    public void An_HTTP1_answer_says_how_long_it_is_when_it_was_made_and_that_it_is_the_last(int status, bool isHead, int retryAfter)
    {
        foreach (var (end, _) in Expected.Where(expected => expected.Value.Status == status))
        {
            var answer = HttpMessage().Match(Http(end, new() { Now = Now, IsHead = isHead, RetryAfter = retryAfter }));

            Assert.True(answer.Success);
            Assert.Equal($"{status}", answer.Groups["status"].Value);
            var content = RefusalText.Of(end)!.Line + "\n";
            Assert.Equal(isHead ? "" : content, answer.Groups["content"].Value);
            string[] fields = ["Content-Type: text/plain", $"Content-Length: {content.Length}", "Connection: close", "Date: " + Date, .. Retry(retryAfter)];
            Assert.Equal(fields, answer.Groups["field"].Captures.Select(field => field.Value));
        }

        static string[] Retry(int seconds) => seconds > 0 ? [$"Retry-After: {seconds}"] : [];
    }

    /// <summary>RFC 9113 §8.1: a response without content ends with its HEADERS.</summary>
    [Theory]
    [MemberData(nameof(Requests))]
    public void An_HTTP2_answer_says_the_same(int status, bool isHead, int retryAfter)
    {
        foreach (var (end, _) in Expected.Where(expected => expected.Value.Status == status))
        {
            var frames = Http2(end, new() { Now = Now, IsHead = isHead, StreamId = 0x0102_0305, RetryAfter = retryAfter });

            var content = Encoding.ASCII.GetString(frames[^1].Payload.AsSpan(8));
            Assert.EndsWith(".\n", content, StringComparison.Ordinal);
            byte[] retry = retryAfter > 0 ? [0x0f, 53 - 15, .. Value($"{retryAfter}")] : [];
            Assert.Equal(
                [0x08, .. Value($"{status}"), 0x0f, 33 - 15, .. Value(Date), 0x0f, 31 - 15, .. Value("text/plain"), 0x0f, 28 - 15, .. Value($"{content.Length}"), .. retry],
                frames[1].Payload);
            Assert.Equal(isHead ? [0, 5, 0] : new[] { 0, 4, 1, 0 }, frames.Select(frame => frame.Flags));
            Assert.Equal(isHead ? [0x4, 0x1, 0x7] : new[] { 0x4, 0x1, 0x0, 0x7 }, frames.Select(frame => frame.Type));
            Assert.Equal(isHead ? [0, 0x0102_0305, 0] : new[] { 0, 0x0102_0305, 0x0102_0305, 0 }, frames.Select(frame => frame.Stream));
        }

        static byte[] Value(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];
    }

    [Fact]
    public void Once_the_buffer_is_there_an_answer_allocates_nothing()
    {
        var buffer = new ArrayBufferWriter<byte>(512);

        Allocations.AssertNone(() =>
        {
            var request = new RefusedRequest { Now = Now, StreamId = 1, RetryAfter = 60, Location = "https://app.example/"u8 };
            foreach (var (end, _) in Expected)
            {
                RefusalAnswer.WriteHttp(end, request, buffer);
                buffer.ResetWrittenCount();
                RefusalAnswer.WriteHttp2(end, request, buffer);
                buffer.ResetWrittenCount();
            }
        });
    }

    private static string Http(ConnectionEnd end, RefusedRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>();
        RefusalAnswer.WriteHttp(end, request, buffer);
        return Encoding.ASCII.GetString(buffer.WrittenSpan);
    }

    private static List<(int Type, int Flags, int Stream, byte[] Payload)> Http2(ConnectionEnd end, RefusedRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>();
        RefusalAnswer.WriteHttp2(end, request, buffer);
        return FramesOf(buffer.WrittenSpan);
    }

    [GeneratedRegex(@"\AHTTP/1\.1 (?<status>[1-5][0-9]{2}) [A-Za-z ]+\r\n((?<field>[A-Za-z-]+: [!-~]([ -~]*[!-~])?)\r\n)*\r\n(?<content>([ -~]+\n)?)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex HttpMessage();

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
