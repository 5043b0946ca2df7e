using System.Buffers;

namespace SniForward.Peeking;

/// <summary>The header block of a request, which may lie in several frames (RFC 9113 §4.3).</summary>
internal static class Http2HeaderBlock
{
    /// <summary>Copies the block together. False if a frame's padding is longer than the frame.</summary>
    /// <param name="frames">From the first byte of the HEADERS frame at least up to the end of the block.</param>
    /// <param name="to">As long as <paramref name="frames"/> is enough.</param>
    /// <param name="length">How long the block is.</param>
    public static bool TryCopy(in ReadOnlySequence<byte> frames, Span<byte> to, out int length)
    {
        length = 0;
        Http2Frame frame;
        var at = 0;
        do
        {
            frame = Http2Frame.At(frames, at);
            var fragment = frames.Slice(at + Http2Frame.HeaderLength, frame.Length);
            if (frame.Type is Http2FrameType.Headers && !frame.TryStrip(ref fragment)) return false;
            fragment.CopyTo(to[length..]);
            length += (int)fragment.Length;
            at += Http2Frame.HeaderLength + frame.Length;
        }
        while (!frame.EndsHeaders);
        return true;
    }
}
