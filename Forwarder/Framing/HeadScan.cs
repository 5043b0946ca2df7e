using System.Buffers;
using SniForward.Peeking;

namespace SniForward.Framing;

/// <summary>
/// Hands a head its lines as they come, and remembers how far it got: each byte is searched and each line parsed once.
/// </summary>
internal struct HeadScan
{
    private HeadLines _lines;

    /// <summary>Why the head is malformed: a constant text; null otherwise.</summary>
    public string? Reason { get; private set; }

    /// <summary>The length of the head once it is found, in bytes, with the empty line that ends it and those before it.</summary>
    public readonly int Length => _lines.Start;

    /// <summary>Answers for the whole of <paramref name="received"/>: the bytes of the call before, and those that came since.</summary>
    public HeadAnswer Read<THead>(ref THead head, in ReadOnlySequence<byte> received, int maxBytes)
        where THead : struct, IHead
    {
        var isFull = received.Length >= maxBytes;
        var answer = ReadLines(ref head, isFull ? received.Slice(0, maxBytes) : received);
        return answer is HeadAnswer.NeedMore && isFull ? HeadAnswer.TooLarge : answer;
    }

    private HeadAnswer ReadLines<THead>(ref THead head, in ReadOnlySequence<byte> received)
        where THead : struct, IHead
    {
        var bytes = new ReceivedBytes(received);
        while (true)
        {
            var start = _lines.Start;
            if (!_lines.TryNext(bytes, isStrict: true, out var end, out var reason))
            {
                Reason = reason;
                return reason is null ? HeadAnswer.NeedMore : HeadAnswer.Malformed;
            }

            var isEnd = start == end && head.HasStartLine;
            if (isEnd) Reason = head.End(bytes);
            else Reason = bytes.TryGet(start, end, out var line) ? head.Take(line, start) : TakeSplit(ref head, bytes, start, end);
            if (Reason is not null) return HeadAnswer.Malformed;
            if (isEnd) return HeadAnswer.Found;
        }
    }

    private static string? TakeSplit<THead>(ref THead head, in ReceivedBytes bytes, int start, int end)
        where THead : struct, IHead
    {
        var rented = ArrayPool<byte>.Shared.Rent(end - start);
        try
        {
            var line = rented.AsSpan(0, end - start);
            bytes.CopyTo(start, line);
            return head.Take(line, start);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
