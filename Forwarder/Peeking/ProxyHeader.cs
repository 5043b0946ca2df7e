using System.Buffers;

namespace SniForward.Peeking;

/// <summary>
/// Reads a PROXY header, version 1 or 2 (HAProxy's proxy-protocol.txt, §2), which a proxy in front writes before the
/// client's own bytes. It is short, or says its length at once, so that nothing needs to be remembered between calls.
/// </summary>
internal static class ProxyHeader
{
    /// <summary>
    /// Answers NeedMore, Found, NotMine, Malformed or TooLarge. Found does not mean that there are addresses: a proxy that
    /// speaks for itself, or knows none, gives none.
    /// </summary>
    /// <param name="received">Everything received so far, from the first byte of the connection.</param>
    /// <param name="maxBytes">The most bytes that the header may take.</param>
    /// <param name="result">Where the findings go; empty at the first call.</param>
    public static PeekAnswer Read(in ReadOnlySequence<byte> received, int maxBytes, ref ProxyHeaderResult result)
    {
        Span<byte> start = stackalloc byte[ProxyHeaderV1.MaxLength];
        start = start[..(int)Math.Min(start.Length, received.Length)];
        received.Slice(0, start.Length).CopyTo(start);

        var v1 = ProxyHeaderV1.Signature;
        var v2 = ProxyHeaderV2.Signature;
        var answer = start.StartsWith(v1) ? ProxyHeaderV1.Read(start, ref result)
            : start.StartsWith(v2) ? ProxyHeaderV2.Read(received, start, maxBytes, ref result)
            : v1.StartsWith(start) || v2.StartsWith(start) ? PeekAnswer.NeedMore
            : PeekAnswer.NotMine;
        if (answer is PeekAnswer.Malformed or PeekAnswer.TooLarge) result = new ProxyHeaderResult { Reason = result.Reason };
        return answer;
    }
}
