using System.Buffers.Text;
using System.Text;

namespace SniForward.Bench.Load.Http;

/// <summary>How long a message of HTTP/1.1 is, whatever fields a proxy has added: only Content-Length is looked for.</summary>
/// <param name="HeadLength">Bytes of its head, with the empty line.</param>
/// <param name="BodyLength">Bytes of its body.</param>
internal readonly record struct HttpMessage(int HeadLength, long BodyLength)
{
    private static ReadOnlySpan<byte> ContentLength => "content-length:"u8;

    /// <summary>The message that <paramref name="received"/> begins with; null if its head is not whole.</summary>
    /// <exception cref="IOException">It is an answer other than 200, or one that does not tell how long it is.</exception>
    public static HttpMessage? Of(ReadOnlySpan<byte> received)
    {
        var end = received.IndexOf("\r\n\r\n"u8);
        if (end < 0) return null;
        var head = received[..(end + 2)];
        var isAnswer = head.StartsWith("HTTP/1.1"u8);
        if (isAnswer && !head[8..].StartsWith(" 200 "u8)) throw new IOException($"The answer is {Encoding.Latin1.GetString(head[..head.IndexOf((byte)'\r')])}.");
        var length = LengthIn(head);
        if (isAnswer && length is null) throw new IOException("The answer has no Content-Length.");
        return new HttpMessage(end + 4, length ?? 0);
    }

    /// <summary>The Content-Length of the fields after the first line; null if there is none.</summary>
    private static long? LengthIn(ReadOnlySpan<byte> head)
    {
        while (head.IndexOf((byte)'\n') is >= 0 and var end)
        {
            head = head[(end + 1)..];
            if (head.Length < ContentLength.Length || !Ascii.EqualsIgnoreCase(head[..ContentLength.Length], ContentLength)) continue;
            return Utf8Parser.TryParse(head[ContentLength.Length..].TrimStart((byte)' '), out long length, out _) ? length : null;
        }
        return null;
    }
}
