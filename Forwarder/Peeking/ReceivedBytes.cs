using System.Buffers;

namespace SniForward.Peeking;

/// <summary>
/// What was received, by offset from the start of the connection. As far as the first segment goes, which is nearly
/// always all the way, it costs what a span costs.
/// </summary>
internal readonly ref struct ReceivedBytes
{
    private readonly ref readonly ReadOnlySequence<byte> _all;
    private readonly ReadOnlySpan<byte> _first;

    public ReceivedBytes(in ReadOnlySequence<byte> all)
    {
        _all = ref all;
        _first = all.FirstSpan;
        Length = all.IsSingleSegment ? _first.Length : (int)all.Length;
    }

    public int Length { get; }

    public byte this[int offset] => offset < _first.Length ? _first[offset] : ByteBehindFirst(offset);

    /// <summary>The offset of the first of <paramref name="values"/> at or after <paramref name="from"/>, or -1.</summary>
    public int IndexOfAny(SearchValues<byte> values, int from)
    {
        if (from < _first.Length)
        {
            var found = _first[from..].IndexOfAny(values);
            if (found >= 0) return from + found;
        }

        return Length > _first.Length ? IndexBehindFirst(values, Math.Max(from, _first.Length)) : -1;
    }

    /// <summary>The bytes from <paramref name="start"/> to before <paramref name="end"/>. False if they are not all in the first segment.</summary>
    public bool TryGet(int start, int end, out ReadOnlySpan<byte> bytes)
    {
        var isInFirst = end <= _first.Length;
        bytes = isInFirst ? _first[start..end] : default;
        return isInFirst;
    }

    /// <summary>Copies as many bytes as <paramref name="destination"/> has, from <paramref name="start"/>.</summary>
    public void CopyTo(int start, Span<byte> destination) => _all.Slice(start, destination.Length).CopyTo(destination);

    private byte ByteBehindFirst(int offset)
    {
        // Not by a slice's first segment, which may be empty.
        new SequenceReader<byte>(_all.Slice(offset)).TryPeek(out var value);
        return value;
    }

    private int IndexBehindFirst(SearchValues<byte> values, int from)
    {
        foreach (var segment in _all.Slice(from))
        {
            var found = segment.Span.IndexOfAny(values);
            if (found >= 0) return from + found;
            from += segment.Length;
        }

        return -1;
    }
}
