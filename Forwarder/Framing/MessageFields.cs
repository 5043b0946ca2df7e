using System.Text;
using SniForward.Peeking;

namespace SniForward.Framing;

/// <summary>What the fields of a head, of a request or of an answer, say about the end of its message and about its connection.</summary>
internal struct MessageFields
{
    /// <summary>A length of 18 digits is below 2^63, and above what anybody will ever send.</summary>
    private const int MaxLengthDigits = 18;

    private long _contentLength;
    private ConnectionOptions _connection;

    /// <summary>Which fields there are.</summary>
    public FieldKinds Present { get; private set; }

    /// <summary>Whether Expect asks for 100 (Continue).</summary>
    public bool ExpectsContinue { get; private set; }

    /// <summary>Whether Upgrade offers HTTP/2 in the clear.</summary>
    public bool OffersH2c { get; private set; }

    /// <summary>What Connection says.</summary>
    public readonly ConnectionOptions Connection => _connection;

    /// <summary>Takes a line of the head. Answers why it is malformed, or null.</summary>
    /// <param name="line">The line, not empty, without its end.</param>
    /// <param name="start">Where it stands in what was received.</param>
    /// <param name="field">What it says.</param>
    /// <param name="kind">Which field it is.</param>
    public string? Take(ReadOnlySpan<byte> line, int start, out FieldLine field, out FieldKinds kind)
    {
        kind = FieldKinds.None;
        if (FieldLine.Read(line, out field) is { } reason) return reason;
        kind = FieldNames.KindOf(field.Name);
        if (kind is FieldKinds.None) return null;

        var isSecond = (Present & kind) != 0;
        Present |= kind;
        switch (kind)
        {
            case FieldKinds.ContentLength:
                return isSecond ? "there are two Content-Length fields" : TakeLength(field.Value);
            case FieldKinds.TransferEncoding:
                if (isSecond) return "there are two Transfer-Encoding fields";
                return Ascii.EqualsIgnoreCase(field.Value, "chunked"u8) ? null : "the Transfer-Encoding is not chunked, and that alone";
            case FieldKinds.Connection:
                return _connection.Take(field.Value, start + field.ValueStart);
            case FieldKinds.Expect:
                ExpectsContinue |= Has(field.Value, "100-continue"u8);
                return null;
            case FieldKinds.Upgrade:
                OffersH2c |= Has(field.Value, "h2c"u8);
                return null;
            default:
                return null;
        }
    }

    /// <summary>
    /// How the body is framed as far as the fields say (RFC 9112 §6): None without any that does. Answers why they
    /// contradict each other, or null.
    /// </summary>
    public readonly string? ReadFraming(bool isHttp10, out BodyFraming framing)
    {
        var has = Present & (FieldKinds.ContentLength | FieldKinds.TransferEncoding);
        framing = has switch
        {
            FieldKinds.TransferEncoding => new BodyFraming(BodyKind.Chunked),
            FieldKinds.ContentLength => new BodyFraming(BodyKind.Length, _contentLength),
            _ => default,
        };
        if ((has & FieldKinds.TransferEncoding) == 0) return null;
        if (has != FieldKinds.TransferEncoding) return "there are both a Transfer-Encoding and a Content-Length";
        return isHttp10 ? "there is a Transfer-Encoding in HTTP/1.0" : null;
    }

    /// <summary>Whether the connection may be used again after this message, as far as the head says (RFC 9112 §9.3).</summary>
    public readonly bool KeepsAlive(bool isHttp10) => !_connection.Close && (!isHttp10 || _connection.KeepAlive);

    private string? TakeLength(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty || value.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return "the Content-Length is not a number";
        if (value.Length > MaxLengthDigits) return "the Content-Length has more than 18 digits";
        foreach (var digit in value) _contentLength = _contentLength * 10 + digit - '0';
        return null;
    }

    /// <summary>Whether a list has <paramref name="wanted"/>, without regard to case.</summary>
    private static bool Has(ReadOnlySpan<byte> list, ReadOnlySpan<byte> wanted)
    {
        foreach (var range in list.Split((byte)','))
        {
            if (Ascii.EqualsIgnoreCase(list[range].Trim(" \t"u8), wanted)) return true;
        }
        return false;
    }
}
