using System.Buffers;
using System.Text;

namespace SniForward.Peeking;

/// <summary>
/// Reads the head of an HTTP/1.x request (RFC 9112 §2 to §5) up to the empty line that ends it, and decides only
/// there: a second Host further down makes the whole head malformed. It remembers how far it has read, so that each
/// line is searched and parsed once, however few bytes come at a time.
/// </summary>
internal struct HttpHead
{
    private const int MaxMethodLength = 64;
    private const byte CarriageReturn = 0x0d;
    private const byte Space = 0x20;

    private HeadLines _lines;
    private Part _part;
    private bool _isHttp10;
    private bool _hasHost;

    private enum Part
    {
        Method,
        RequestLine,
        Fields,
    }

    /// <summary>
    /// Answers for the whole of <paramref name="received"/>: the bytes of the call before, and those that came since.
    /// </summary>
    /// <param name="received">Everything received so far, from the first byte of the connection.</param>
    /// <param name="maxBytes">The most bytes that the head may take.</param>
    /// <param name="result">Where the findings go; the same at each call, empty at the first.</param>
    /// <returns>Once it is other than NeedMore it is final, and the reader is spent.</returns>
    public PeekAnswer Read(in ReadOnlySequence<byte> received, int maxBytes, ref PeekResult result)
    {
        var isFull = received.Length >= maxBytes;
        var answer = ReadLines(isFull ? received.Slice(0, maxBytes) : received, ref result);
        if (answer is PeekAnswer.NeedMore && isFull)
            answer = result.Protocol is Protocols.Http ? PeekAnswer.TooLarge : PeekAnswer.NotMine;

        // A name is kept as soon as it is read, but counts only once the head is whole and well formed.
        if (answer is not (PeekAnswer.NeedMore or PeekAnswer.Found)) result.TrySetName(default);
        return answer;
    }

    private PeekAnswer ReadLines(in ReadOnlySequence<byte> received, ref PeekResult result)
    {
        var bytes = new ReceivedBytes(received);
        var answer = _part is Part.Method ? ReadMethod(bytes, ref result) : PeekAnswer.Found;
        while (answer is PeekAnswer.Found)
        {
            var start = _lines.Start;
            if (!_lines.TryNext(bytes, isStrict: false, out var end, out var reason)) return reason is null ? PeekAnswer.NeedMore : Broken(reason, ref result);
            if (_part is Part.Fields && start == end) return End(ref result);
            answer = bytes.TryGet(start, end, out var line) ? ReadLine(line, ref result) : ReadSplitLine(bytes, start, end, ref result);
        }

        return answer;
    }

    /// <summary>
    /// The method tells HTTP from other protocols before the line is whole. It is short, so that it may be read again
    /// at each call. Found: the bytes may be HTTP, and certainly are if the protocol is set.
    /// </summary>
    private PeekAnswer ReadMethod(in ReceivedBytes bytes, ref PeekResult result)
    {
        _lines.SkipEmpty(bytes);
        Span<byte> copy = stackalloc byte[MaxMethodLength + 1];
        copy = copy[..Math.Min(copy.Length, bytes.Length - _lines.Start)];
        scoped ReadOnlySpan<byte> start;
        if (!bytes.TryGet(_lines.Start, _lines.Start + copy.Length, out start))
        {
            bytes.CopyTo(_lines.Start, copy);
            start = copy;
        }
        if (start is [CarriageReturn]) return PeekAnswer.NeedMore;

        var length = Token.IndexOfEnd(start);
        if (length < 0) return start.Length > MaxMethodLength ? PeekAnswer.NotMine : PeekAnswer.NeedMore;
        if (length == 0 || start[length] != Space) return PeekAnswer.NotMine;

        if (RequestLine.IsRegisteredMethod(start[..length])) result.Protocol = Protocols.Http;
        result.IsHead = start[..length].SequenceEqual("HEAD"u8);
        _part = Part.RequestLine;
        return PeekAnswer.Found;
    }

    private PeekAnswer ReadSplitLine(in ReceivedBytes bytes, int start, int end, ref PeekResult result)
    {
        var rented = ArrayPool<byte>.Shared.Rent(end - start);
        try
        {
            var line = rented.AsSpan(0, end - start);
            bytes.CopyTo(start, line);
            return ReadLine(line, ref result);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Found: the line is well formed.</summary>
    private PeekAnswer ReadLine(ReadOnlySpan<byte> line, ref PeekResult result)
    {
        if (_part is Part.RequestLine && result.Protocol is Protocols.None)
        {
            if (!RequestLine.EndsInHttpVersion(line)) return PeekAnswer.NotMine;
            result.Protocol = Protocols.Http;
        }

        var reason = _part is Part.RequestLine ? ReadRequestLine(line, ref result) : ReadField(line, ref result);
        return reason is null ? PeekAnswer.Found : Broken(reason, ref result);
    }

    /// <summary>Why it is malformed, or null.</summary>
    private string? ReadRequestLine(ReadOnlySpan<byte> line, ref PeekResult result)
    {
        if (RequestLine.Read(line, out var request) is { } reason) return reason;
        if (!result.TrySetName(request.TargetAuthority)) return "the authority of the request target is longer than any host name";

        _isHttp10 = request.IsHttp10;
        _part = Part.Fields;
        return null;
    }

    /// <summary>Why it is malformed, or null (RFC 9112 §5, RFC 9110 §7.2).</summary>
    private string? ReadField(ReadOnlySpan<byte> line, ref PeekResult result)
    {
        if (FieldLine.Read(line, out var field) is { } reason) return reason;
        if (!Ascii.EqualsIgnoreCase(field.Name, "host"u8)) return null;

        if (_hasHost) return "there are two Host fields";
        _hasHost = true;

        var host = field.Value;
        if (host.IsEmpty && result.Name.IsEmpty) return null;
        if (!result.Name.IsEmpty && !Authority.IsSameHost(result.Name, host)) return "the request target and Host name different hosts";
        return result.TrySetName(host) ? null : "the Host is longer than any host name";
    }

    private readonly PeekAnswer End(ref PeekResult result)
    {
        if (!_hasHost && !_isHttp10) return Broken("an HTTP/1.1 request has no Host", ref result);
        return result.Name.IsEmpty ? PeekAnswer.NoName : PeekAnswer.Found;
    }

    /// <summary>What breaks HTTP before it is certain to be HTTP shows only that it is something else.</summary>
    private static PeekAnswer Broken(string reason, ref PeekResult result)
    {
        if (result.Protocol is Protocols.None) return PeekAnswer.NotMine;
        result.Reason = reason;
        return PeekAnswer.Malformed;
    }
}
