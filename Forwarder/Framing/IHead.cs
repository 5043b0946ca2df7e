using SniForward.Peeking;

namespace SniForward.Framing;

/// <summary>A head that takes its lines one after the other, each whole and without its end.</summary>
internal interface IHead
{
    /// <summary>Whether the first line was taken, so that an empty one ends the head.</summary>
    bool HasStartLine { get; }

    /// <summary>Takes a line. Answers why it is malformed, or null.</summary>
    /// <param name="line">The line; empty only before the first one.</param>
    /// <param name="start">Where it stands in what was received.</param>
    string? Take(ReadOnlySpan<byte> line, int start);

    /// <summary>All lines were taken. Answers why they do not go together, or null.</summary>
    /// <param name="bytes">All that was received.</param>
    string? End(in ReceivedBytes bytes);
}
