using System.Buffers;
using System.Globalization;

namespace SniForward.Splicing;

/// <summary>A whole HTTP/1 answer to a request that is refused, after which the connection is closed (RFC 9112 §9.6).</summary>
internal static class HttpAnswer
{
    // A date is longer than a number.
    private const int MostValueBytes = 32;

    /// <summary>Writes it.</summary>
    /// <param name="text">What it says.</param>
    /// <param name="request">To whom.</param>
    /// <param name="to">Where it goes.</param>
    public static void Write(RefusalText text, in RefusedRequest request, IBufferWriter<byte> to)
    {
        Span<byte> value = stackalloc byte[MostValueBytes];
        to.Write(text.Head.Span);
        request.Now.TryFormat(value, out var length, "R", CultureInfo.InvariantCulture);
        WriteField("Date: "u8, value[..length], to);
        if (request.RetryAfter > 0)
        {
            request.RetryAfter.TryFormat(value, out length, default, CultureInfo.InvariantCulture);
            WriteField("Retry-After: "u8, value[..length], to);
        }
        if (!request.Location.IsEmpty) WriteField("Location: "u8, request.Location, to);
        to.Write("\r\n"u8);
        if (!request.IsHead) to.Write(text.Content.Span);
    }

    private static void WriteField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, IBufferWriter<byte> to)
    {
        to.Write(name);
        to.Write(value);
        to.Write("\r\n"u8);
    }
}
