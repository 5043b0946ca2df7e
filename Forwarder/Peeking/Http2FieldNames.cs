using System.Buffers;

namespace SniForward.Peeking;

/// <summary>Tells field names apart.</summary>
internal static class Http2FieldNames
{
    /// <summary>What no name may hold (RFC 9113 §8.2.1), but for the colon that a pseudo-field begins with.</summary>
    private static readonly SearchValues<byte> Forbidden = SearchValues.Create(
        [.. Enumerable.Range(0, 256).Where(value => value is <= 0x20 or (>= 'A' and <= 'Z') or ':' or >= 0x7f).Select(value => (byte)value)]);

    /// <summary>The name that <paramref name="bytes"/> are.</summary>
    public static Http2FieldName Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes is [(byte)':', .. var pseudo])
        {
            return pseudo.SequenceEqual("authority"u8) ? Http2FieldName.Authority
                : pseudo.SequenceEqual("method"u8) ? Http2FieldName.Method
                : pseudo.SequenceEqual("path"u8) ? Http2FieldName.Path
                : pseudo.SequenceEqual("scheme"u8) ? Http2FieldName.Scheme
                : Http2FieldName.UnknownPseudo;
        }

        if (bytes.IsEmpty || bytes.ContainsAny(Forbidden)) return Http2FieldName.Malformed;
        return bytes.Length switch
        {
            2 when bytes.SequenceEqual("te"u8) => Http2FieldName.TransferCodings,
            4 when bytes.SequenceEqual("host"u8) => Http2FieldName.Host,
            // RFC 9113 §8.2.2.
            7 when bytes.SequenceEqual("upgrade"u8) => Http2FieldName.Connection,
            10 when bytes.SequenceEqual("connection"u8) || bytes.SequenceEqual("keep-alive"u8) => Http2FieldName.Connection,
            16 when bytes.SequenceEqual("proxy-connection"u8) => Http2FieldName.Connection,
            17 when bytes.SequenceEqual("transfer-encoding"u8) => Http2FieldName.Connection,
            _ => Http2FieldName.Other,
        };
    }
}
