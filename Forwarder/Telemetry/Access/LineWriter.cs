using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Text;

namespace SniForward.Telemetry.Access;

/// <summary>
/// Writes one line of the access log field by field, as UTF-8, without allocating. Whatever a value contains, the line stays
/// one line and its fields stay apart. In text, what is not printable ASCII is \xNN, byte by byte, and a field without a value
/// is "-"; a line of JSON (RFC 8259) is one object, from which that field is left out.
/// </summary>
/// <param name="to">Where it goes; when that is too short the line is not whole, and the rest of it is left out.</param>
/// <param name="format">How it is written.</param>
internal ref struct LineWriter(Span<byte> to, LogFormat format)
{
    /// <summary>Printable ASCII but for the space, the quote and the backslash.</summary>
    private const string Harmless = "!#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~";

    private static readonly SearchValues<char> InWords = SearchValues.Create(Harmless + "\\");
    private static readonly SearchValues<char> InSentences = SearchValues.Create(Harmless + "\\ ");
    private static readonly SearchValues<char> InJson = SearchValues.Create(Harmless + " ");
    private static readonly SearchValues<byte> HarmlessBytes = SearchValues.Create(Encoding.ASCII.GetBytes(Harmless));

    private readonly Span<byte> _to = to;
    private readonly bool _isJson = format == LogFormat.Json;
    private int _length;
    private bool _isCut;

    /// <summary>Begins the line: when it is written, and what of.</summary>
    public void Begin(DateTime utc, string listener, long id)
    {
        Raw(_isJson ? "{\"time\":\""u8 : ""u8);
        Time(utc);
        Raw(_isJson ? "\",\"listener\":\""u8 : " "u8);
        Escaped(listener, isSentence: false);
        Raw(_isJson ? "\",\"id\":"u8 : " #"u8);
        Number(id);
    }

    /// <summary>A value without spaces; in text, those that it has are escaped. "-": none.</summary>
    public void Word(ReadOnlySpan<byte> name, string value)
    {
        if (value == "-") Nothing(name);
        else Quoted(name, value, isSentence: false, quotes: _isJson);
    }

    /// <summary>A value that somebody else chose, any bytes: also in JSON, what is not printable ASCII is \xNN. Empty: none.</summary>
    public void Foreign(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            Nothing(name);
            return;
        }
        Name(name);
        Raw(_isJson ? "\""u8 : ""u8);
        if (!value.ContainsAnyExcept(HarmlessBytes)) Raw(value);
        else foreach (var b in value) Foreign(b);
        Raw(_isJson ? "\""u8 : ""u8);
    }

    /// <summary>A value that may have spaces, for which it is quoted. "-": none.</summary>
    public void Sentence(ReadOnlySpan<byte> name, string value)
    {
        if (value == "-") Nothing(name);
        else Quoted(name, value, isSentence: true, quotes: _isJson || value.Contains(' ', StringComparison.Ordinal));
    }

    public void Number(ReadOnlySpan<byte> name, long value)
    {
        Name(name);
        Number(value);
    }

    public void Flag(ReadOnlySpan<byte> name, bool value)
    {
        Name(name);
        Raw(value ? "true"u8 : "false"u8);
    }

    /// <summary>In seconds, to the microsecond.</summary>
    public void Seconds(ReadOnlySpan<byte> name, TimeSpan value)
    {
        Name(name);
        var (whole, rest) = Math.DivRem(Math.Max(0, value.Ticks / TimeSpan.TicksPerMicrosecond), 1_000_000);
        Number(whole);
        Raw("."u8);
        Took(Utf8Formatter.TryFormat(rest, Rest, out var written, new('D', 6)), written);
    }

    /// <summary>An address; null: none.</summary>
    public void Address(ReadOnlySpan<byte> name, EndPoint? value)
    {
        Span<byte> text = stackalloc byte[AddressText.MostBytes];
        Foreign(name, text[..(value is null ? 0 : AddressText.Write(value, text))]);
    }

    /// <summary>Ends the line. False if it did not fit; else how long it is, with its end.</summary>
    public bool TryEnd(out int length)
    {
        Raw(_isJson ? "}\n"u8 : "\n"u8);
        length = _length;
        return !_isCut;
    }

    private readonly Span<byte> Rest => _to[_length..];

    private void Name(scoped ReadOnlySpan<byte> name)
    {
        Raw(_isJson ? ",\""u8 : " "u8);
        Raw(name);
        Raw(_isJson ? "\":"u8 : "="u8);
    }

    private void Nothing(scoped ReadOnlySpan<byte> name)
    {
        if (_isJson) return;
        Name(name);
        Raw("-"u8);
    }

    private void Quoted(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<char> value, bool isSentence, bool quotes)
    {
        Name(name);
        Raw(quotes ? "\""u8 : ""u8);
        Escaped(value, isSentence);
        Raw(quotes ? "\""u8 : ""u8);
    }

    /// <summary>RFC 3339, to the millisecond.</summary>
    private void Time(DateTime utc)
    {
        const int ToMilliseconds = 23;
        Span<byte> text = stackalloc byte[28];
        utc.TryFormat(text, out _, "O", CultureInfo.InvariantCulture);
        Raw(text[..ToMilliseconds]);
        Raw("Z"u8);
    }

    private void Escaped(scoped ReadOnlySpan<char> value, bool isSentence)
    {
        var harmless = _isJson ? InJson : isSentence ? InSentences : InWords;
        if (!value.ContainsAnyExcept(harmless))
        {
            Took(Ascii.FromUtf16(value, Rest, out var written) == OperationStatus.Done, written);
            return;
        }

        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in value.EnumerateRunes())
        {
            var utf8 = bytes[..rune.EncodeToUtf8(bytes)];
            if (rune.IsAscii ? harmless.Contains((char)rune.Value) : _isJson) Raw(utf8);
            else if (_isJson) EscapedInJson(utf8[0]);
            else foreach (var b in utf8) Hex("\\x"u8, b);
        }
    }

    private void EscapedInJson(byte b)
    {
        if (b is (byte)'"' or (byte)'\\') Raw([(byte)'\\', b]);
        else Hex("\\u00"u8, b);
    }

    private void Foreign(byte b)
    {
        if (HarmlessBytes.Contains(b)) Raw([b]);
        else Hex(_isJson ? "\\\\x"u8 : "\\x"u8, b);
    }

    private void Hex(scoped ReadOnlySpan<byte> before, byte b)
    {
        Raw(before);
        Took(Utf8Formatter.TryFormat(b, Rest, out var written, new('X', 2)), written);
    }

    private void Number(long value) => Took(Utf8Formatter.TryFormat(value, Rest, out var written), written);

    private void Raw(scoped ReadOnlySpan<byte> bytes) => Took(bytes.TryCopyTo(Rest), bytes.Length);

    private void Took(bool fits, int written)
    {
        if (fits && !_isCut) _length += written;
        else _isCut = true;
    }
}
