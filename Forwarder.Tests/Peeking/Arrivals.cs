using System.Buffers;
using SniForward.Peeking;

namespace SniForward.Tests.Peeking;

/// <summary>A parser's Read.</summary>
internal delegate PeekAnswer Parser(in ReadOnlySequence<byte> received, int maxBytes, ref PeekResult result);

/// <summary>The ways in which the same bytes can arrive. None of them may change what is found.</summary>
internal static class Arrivals
{
    public const int MaxBytes = 64 * 1024;

    public static Parser NewHello()
    {
        var hello = new ClientHello();
        return (in ReadOnlySequence<byte> received, int maxBytes, ref PeekResult result) => hello.Read(received, maxBytes, ref result);
    }

    public static Parser NewHead()
    {
        var head = new HttpHead();
        return (in ReadOnlySequence<byte> received, int maxBytes, ref PeekResult result) => head.Read(received, maxBytes, ref result);
    }

    public static Parser NewPreface()
    {
        var preface = new Http2Preface();
        return (in ReadOnlySequence<byte> received, int maxBytes, ref PeekResult result) => preface.Read(received, maxBytes, ref result);
    }

    public static Parser NewBanner() =>
        (in ReadOnlySequence<byte> received, int maxBytes, ref PeekResult result) => SshBanner.Read(received, ref result);

    public static Parser NewPostgres() =>
        (in ReadOnlySequence<byte> received, int maxBytes, ref PeekResult result) => PostgresStart.Read(received, ref result);

    public static Finding Whole(Func<Parser> parser, byte[] bytes, int maxBytes = MaxBytes) =>
        Read(parser(), [new ReadOnlySequence<byte>(bytes)], maxBytes);

    /// <summary>Asserts that <paramref name="expected"/> is found in every arrival.</summary>
    public static void AssertAlways(Finding expected, Func<Parser> parser, byte[] bytes, int maxBytes = MaxBytes)
    {
        foreach (var (arrival, deliveries) in All(bytes))
        {
            var found = Read(parser(), deliveries, maxBytes);
            Assert.True(expected == found, $"{arrival}: expected {expected}, found {found}");
        }
    }

    /// <summary>Every way in which bytes are made to arrive: as a whole, byte by byte, and split in two at every offset.</summary>
    public static IEnumerable<(string Arrival, IEnumerable<ReadOnlySequence<byte>> Deliveries)> All(byte[] bytes)
    {
        yield return ("whole", [new(bytes)]);
        yield return ("byte by byte", Growing(bytes, 1, isSegmented: false));
        yield return ("byte by byte in segments of one byte", Growing(bytes, 1, isSegmented: true));
        yield return ("in segments of one byte", [Segments(bytes, 1)]);

        for (var at = 1; at < bytes.Length; at++)
        {
            var first = new ReadOnlySequence<byte>(bytes, 0, at);
            var both = TwoSegments(bytes, at);
            yield return ($"in two segments, split at {at}", [both]);
            yield return ($"in two deliveries, split at {at}", [first, both]);
            yield return ($"in two contiguous deliveries, split at {at}", [first, new(bytes)]);
        }
    }

    public static Finding Read(Parser parser, IEnumerable<ReadOnlySequence<byte>> deliveries, int maxBytes)
    {
        var result = new PeekResult();
        var answer = PeekAnswer.NeedMore;
        foreach (var received in deliveries)
        {
            answer = parser(received, maxBytes, ref result);
            if (answer is not PeekAnswer.NeedMore) break;
        }

        return Finding.Of(answer, result);
    }

    /// <summary>What is received after each delivery of <paramref name="step"/> bytes.</summary>
    public static IEnumerable<ReadOnlySequence<byte>> Growing(byte[] bytes, int step, bool isSegmented)
    {
        var whole = isSegmented ? Segments(bytes, step) : new ReadOnlySequence<byte>(bytes);
        for (var length = Math.Min(step, bytes.Length); length < bytes.Length; length += step) yield return whole.Slice(0, length);
        yield return whole;
    }

    public static ReadOnlySequence<byte> TwoSegments(byte[] bytes, int at)
    {
        var first = new Segment(bytes.AsMemory(0, at), null);
        var second = new Segment(bytes.AsMemory(at), first);
        return new ReadOnlySequence<byte>(first, 0, second, second.Memory.Length);
    }

    public static ReadOnlySequence<byte> Segments(byte[] bytes, int size)
    {
        if (bytes.Length == 0) return ReadOnlySequence<byte>.Empty;

        Segment? first = null;
        Segment? last = null;
        for (var at = 0; at < bytes.Length; at += size)
        {
            last = new Segment(bytes.AsMemory(at, Math.Min(size, bytes.Length - at)), last);
            first ??= last;
        }

        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is null) return;
            before.Next = this;
            RunningIndex = before.RunningIndex + before.Memory.Length;
        }
    }
}
