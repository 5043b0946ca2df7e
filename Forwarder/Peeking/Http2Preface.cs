using System.Buffers;

namespace SniForward.Peeking;

/// <summary>
/// Reads what a client of HTTP/2 without TLS and with prior knowledge says first (RFC 9113 §3.3): the preface, its
/// settings, what else may come before a request, and the header block of the first request. It remembers how far it
/// walked the frames, so that the work is linear in the bytes received.
/// </summary>
internal struct Http2Preface
{
    // Offsets from the start of the connection: of the next frame, and of the first of the request.
    private int _offset;
    private int _request;
    private bool _hasSettings;
    private bool _isWhole;

    /// <summary>HTTP/1 has no such request line: who has sent it speaks HTTP/2, or breaks it.</summary>
    private static ReadOnlySpan<byte> RequestLine => "PRI * HTTP/2.0\r\n"u8;

    /// <summary>§3.4.</summary>
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>
    /// Answers for the whole of <paramref name="received"/>: the bytes of the call before, and those that came since.
    /// </summary>
    /// <param name="received">Everything received so far, from the first byte of the connection.</param>
    /// <param name="maxBytes">The most bytes that may come up to the end of the first header block.</param>
    /// <param name="result">Where the findings go; the same at each call, empty at the first.</param>
    /// <returns>Once it is other than NeedMore it is final, and the reader is spent.</returns>
    public PeekAnswer Read(in ReadOnlySequence<byte> received, int maxBytes, ref PeekResult result)
    {
        var answer = _offset == 0 ? ReadPreface(received, ref result) : PeekAnswer.Found;
        return answer is PeekAnswer.Found ? Walk(received, maxBytes, ref result) : answer;
    }

    private PeekAnswer ReadPreface(in ReadOnlySequence<byte> received, ref PeekResult result)
    {
        Span<byte> start = stackalloc byte[Preface.Length];
        start = start[..(int)Math.Min(start.Length, received.Length)];
        received.Slice(0, start.Length).CopyTo(start);

        if (start.StartsWith(RequestLine)) result.Protocol = Protocols.H2c;
        if (!Preface.StartsWith(start))
            return result.Protocol is Protocols.None ? PeekAnswer.NotMine : Malformed("the HTTP/2 preface is broken", ref result);
        if (start.Length < Preface.Length) return PeekAnswer.NeedMore;

        _offset = start.Length;
        return PeekAnswer.Found;
    }

    /// <summary>Walks the frames that came since the last call, up to the end of the first header block.</summary>
    private PeekAnswer Walk(in ReadOnlySequence<byte> received, int maxBytes, ref PeekResult result)
    {
        while (!_isWhole)
        {
            result.AwaitsServer = _hasSettings && _request == 0 && received.Length == _offset;
            if (_offset + Http2Frame.HeaderLength > maxBytes) return PeekAnswer.TooLarge;
            if (received.Length - _offset < Http2Frame.HeaderLength) return PeekAnswer.NeedMore;

            var frame = Http2Frame.At(received, _offset);
            if ((_hasSettings ? null : frame.WhyNotFirst()) is { } notFirst) return Malformed(notFirst, ref result);
            if (frame.WhyNot(result.StreamId) is { } reason) return Malformed(reason, ref result);

            if (frame.Type is Http2FrameType.Headers) (_request, result.StreamId) = (_offset, frame.StreamId);
            _hasSettings = true;
            _offset += Http2Frame.HeaderLength + frame.Length;
            _isWhole = _request != 0 && frame.EndsHeaders;
            if (_offset > maxBytes) return PeekAnswer.TooLarge;
        }

        return received.Length < _offset ? PeekAnswer.NeedMore : ReadRequest(received.Slice(_request, _offset - _request), ref result);
    }

    /// <summary>Reads the header block in <paramref name="frames"/>, a HEADERS frame and the CONTINUATION frames behind it.</summary>
    private static PeekAnswer ReadRequest(in ReadOnlySequence<byte> frames, ref PeekResult result)
    {
        var rented = ArrayPool<byte>.Shared.Rent((int)frames.Length);
        try
        {
            return Http2HeaderBlock.TryCopy(frames, rented, out var length)
                ? Http2Request.Read(rented.AsSpan(0, length), ref result)
                : Malformed("the padding of an HTTP/2 frame is longer than the frame", ref result);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static PeekAnswer Malformed(string reason, ref PeekResult result)
    {
        result.Reason = reason;
        return PeekAnswer.Malformed;
    }
}
