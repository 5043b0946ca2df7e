using System.Buffers;

namespace SniForward.Peeking;

/// <summary>
/// Recognises SSH by the start of a client's identification string (RFC 4253 §4.2): "SSH-2.0-", "SSH-1.99-" and what is
/// older. It carries no name.
/// </summary>
internal static class SshBanner
{
    /// <summary>Answers NeedMore, NoName or NotMine.</summary>
    /// <param name="received">Everything received so far, from the first byte of the connection.</param>
    /// <param name="result">Where the protocol goes.</param>
    public static PeekAnswer Read(in ReadOnlySequence<byte> received, ref PeekResult result)
    {
        Span<byte> start = stackalloc byte["SSH-2.0-".Length];
        start = start[..(int)Math.Min(start.Length, received.Length)];
        received.Slice(0, start.Length).CopyTo(start);

        var answer = Match(start, "SSH-2.0-"u8);
        if (answer is PeekAnswer.NotMine) answer = Match(start, "SSH-1."u8);
        if (answer is PeekAnswer.NoName) result.Protocol = Protocols.Ssh;
        return answer;
    }

    private static PeekAnswer Match(ReadOnlySpan<byte> start, ReadOnlySpan<byte> expected) =>
        start.StartsWith(expected) ? PeekAnswer.NoName
        : expected.StartsWith(start) ? PeekAnswer.NeedMore
        : PeekAnswer.NotMine;
}
