using System.Buffers;

namespace SniForward.Framing;

/// <summary>Where something stands in what was received.</summary>
/// <param name="Start">Of its first byte, counted from the first received.</param>
/// <param name="Length">In bytes; 0 for nothing.</param>
internal readonly record struct ByteRange(int Start, int Length)
{
    /// <summary>Where it ends: the offset of the first byte after it.</summary>
    public int End => Start + Length;

    /// <summary>Whether there is nothing.</summary>
    public bool IsEmpty => Length == 0;

    /// <summary>Its bytes.</summary>
    public ReadOnlySequence<byte> Of(in ReadOnlySequence<byte> received) => received.Slice(Start, Length);
}
