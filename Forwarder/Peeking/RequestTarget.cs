using System.Buffers;

namespace SniForward.Peeking;

/// <summary>The path and the query of a first request that was peeked and is still there, for a URI of another scheme (RFC 9110 §7.1).</summary>
internal static class RequestTarget
{
    private const byte Space = 0x20;
    private const int Http2PrefaceLength = 24;

    /// <summary>What a path and a query may have as it is, and what clients encode (RFC 3986 §2); brackets, too, which browsers leave in queries.</summary>
    private static readonly SearchValues<byte> UriBytes = SearchValues.Create(
        "%-._~:/?[]@!$&'()*+,;=0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>
    /// Writes them as a URI has them behind its authority: beginning with a slash, and with every byte encoded that has no
    /// place there. A target that names no path, "*" and CONNECT's, gives the slash alone. False if they do not fit.
    /// </summary>
    /// <param name="received">From the first byte on; a well-formed request.</param>
    /// <param name="protocol"><see cref="Protocols.Http"/> or <see cref="Protocols.H2c"/>.</param>
    /// <param name="to">Where they go.</param>
    /// <param name="length">How long they are.</param>
    public static bool TryWrite(in ReadOnlySequence<byte> received, Protocols protocol, Span<byte> to, out int length)
    {
        var copy = ArrayPool<byte>.Shared.Rent((int)received.Length);
        var decoded = ArrayPool<byte>.Shared.Rent(HpackHuffman.MaxDecodedLength((int)received.Length));
        try
        {
            return TryEncode(protocol is Protocols.H2c ? OfHttp2(received, copy, decoded) : OfHttp1(received, copy), to, out length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
            ArrayPool<byte>.Shared.Return(decoded);
        }
    }

    /// <summary>Of the line that is the first that is not empty.</summary>
    private static ReadOnlySpan<byte> OfHttp1(in ReadOnlySequence<byte> received, Span<byte> copy)
    {
        received.CopyTo(copy);
        var line = copy[..(int)received.Length].TrimStart("\r\n"u8);
        line = line[..line.IndexOf((byte)'\n')];
        var target = line[(line.IndexOf(Space) + 1)..line.LastIndexOf(Space)];
        if (target[0] == '/') return target;

        var scheme = target.IndexOf("://"u8);
        if (scheme < 0) return default;
        var authority = target[(scheme + 3)..];
        var path = authority.IndexOfAny("/?#"u8);
        return path < 0 ? default : authority[path..];
    }

    private static ReadOnlySpan<byte> OfHttp2(in ReadOnlySequence<byte> received, Span<byte> copy, Span<byte> decoded)
    {
        var offset = Http2PrefaceLength;
        while (Http2Frame.At(received, offset) is { Type: not Http2FrameType.Headers } other) offset += Http2Frame.HeaderLength + other.Length;
        Http2HeaderBlock.TryCopy(received.Slice(offset), copy, out var length);
        var fields = new HpackReader(copy[..length], decoded);
        while (fields.TryRead(out var name, out var value))
        {
            if (name is Http2FieldName.Path) return value.SequenceEqual("*"u8) ? default : value;
        }
        return default;
    }

    private static bool TryEncode(ReadOnlySpan<byte> target, Span<byte> to, out int length)
    {
        length = 0;
        // Else what stands here could go on with the host that it is put behind.
        if (target is not [(byte)'/', ..] && !TryAdd("/"u8, to, ref length)) return false;
        while (!target.IsEmpty)
        {
            var good = target.IndexOfAnyExcept(UriBytes);
            if (good < 0) good = target.Length;
            if (!TryAdd(target[..good], to, ref length)) return false;
            target = target[good..];
            if (target.IsEmpty) break;
            if (!TryAdd([(byte)'%', HexDigit(target[0] >> 4), HexDigit(target[0] & 15)], to, ref length)) return false;
            target = target[1..];
        }
        return true;
    }

    private static bool TryAdd(ReadOnlySpan<byte> bytes, Span<byte> to, ref int length)
    {
        if (!bytes.TryCopyTo(to[length..])) return false;
        length += bytes.Length;
        return true;
    }

    private static byte HexDigit(int value) => "0123456789ABCDEF"u8[value];
}
