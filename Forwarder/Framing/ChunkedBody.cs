using System.Runtime.CompilerServices;
using SniForward.Peeking;

namespace SniForward.Framing;

/// <summary>
/// A chunked body (RFC 9112 §7.1), to the end of its trailer section: strictly, and each byte looked at once. The data in
/// its chunks is not looked at.
/// </summary>
internal struct ChunkedBody
{
    /// <summary>The most bytes that chunk extensions and trailers may take in one body, together.</summary>
    public const int MaxExtra = 16 * 1024;

    /// <summary>A size of 15 hexadecimal digits is below 2^63, and above what anybody will ever send.</summary>
    private const int MaxSizeDigits = 15;

    private const byte Space = 0x20;
    private const byte Tab = 0x09;
    private const byte LineFeed = 0x0a;
    private const byte CarriageReturn = 0x0d;
    private const byte Delete = 0x7f;

    private Part _part;
    private long _size;
    private int _digits;
    private int _extra;
    private NameBytes _name;
    private int _nameLength;

    /// <summary>What the next byte is part of.</summary>
    private enum Part
    {
        Size,
        Extension,
        EndOfSize,
        Data,
        DataReturn,
        EndOfData,
        Trailer,
        TrailerName,
        TrailerValue,
        EndOfTrailer,
        EndOfTrailers,
        Nothing,
    }

    /// <summary>Why it is malformed: a constant text; null otherwise.</summary>
    public string? Reason { get; private set; }

    /// <summary>Whether every byte of the body has come.</summary>
    public readonly bool HasEnded => _part is Part.Nothing;

    /// <summary>How many of the next bytes are data.</summary>
    public readonly long Certain => _part is Part.Data ? _size : 0;

    /// <summary>Passes over <paramref name="count"/> bytes of data, from 0 up to <see cref="Certain"/>.</summary>
    public void Pass(long count)
    {
        _size -= count;
        if (_size == 0 && _part is Part.Data) _part = Part.DataReturn;
    }

    /// <summary>Reads the next bytes, of which <paramref name="taken"/> belong to the body.</summary>
    public BodyAnswer Read(ReadOnlySpan<byte> bytes, out int taken)
    {
        taken = 0;
        while (taken < bytes.Length && !HasEnded)
        {
            if (_part is Part.Data)
            {
                var data = (int)Math.Min(_size, bytes.Length - taken);
                Pass(data);
                taken += data;
                continue;
            }

            Reason = Take(bytes[taken]);
            if (Reason is not null) return BodyAnswer.Malformed;
            taken++;
        }

        return HasEnded ? BodyAnswer.Ended : BodyAnswer.More;
    }

    /// <summary>Why <paramref name="next"/> cannot come next, or null.</summary>
    private string? Take(byte next) => _part switch
    {
        Part.Size => TakeSize(next),
        Part.Extension => TakeText(next, Part.EndOfSize),
        Part.EndOfSize => TakeLineFeed(next, _size == 0 ? Part.Trailer : Part.Data),
        Part.DataReturn => next == CarriageReturn ? Go(Part.EndOfData) : "a chunk is longer than its size",
        Part.EndOfData => TakeEndOfData(next),
        Part.Trailer => next == CarriageReturn ? Go(Part.EndOfTrailers) : TakeTrailer(next),
        Part.TrailerName => TakeTrailerName(next),
        Part.TrailerValue => TakeText(next, Part.EndOfTrailer),
        Part.EndOfTrailer => TakeLineFeed(next, Part.Trailer),
        _ => TakeLineFeed(next, Part.Nothing),
    };

    private string? Go(Part part)
    {
        _part = part;
        return null;
    }

    private string? TakeSize(byte next)
    {
        if (char.IsAsciiHexDigit((char)next))
        {
            if (_digits == MaxSizeDigits) return "a chunk size has more than 15 digits";
            _digits++;
            _size = _size << 4 | (uint)HexValue(next);
            return null;
        }

        if (_digits > 0 && next == CarriageReturn) return Go(Part.EndOfSize);
        if (_digits == 0 || next != ';') return "a chunk size is not a hexadecimal number";
        return Count() ?? Go(Part.Extension);
    }

    private string? TakeEndOfData(byte next)
    {
        if (next != LineFeed) return "there is a carriage return without a line feed";
        _digits = 0;
        return Go(Part.Size);
    }

    /// <summary>What a strict head may have in a line, too.</summary>
    private string? TakeText(byte next, Part after) => next switch
    {
        CarriageReturn => Go(after),
        LineFeed => "a line ends in a line feed without a carriage return",
        (< Space and not Tab) or Delete => "there is a control byte",
        _ => Count(),
    };

    private string? TakeLineFeed(byte next, Part after) => next == LineFeed ? Go(after) : "there is a carriage return without a line feed";

    private string? TakeTrailer(byte next)
    {
        if (next is Space or Tab) return "a field line starts with a space or tab";
        _nameLength = 0;
        return Go(Part.TrailerName) ?? TakeTrailerName(next);
    }

    private string? TakeTrailerName(byte next)
    {
        if (next == ':') return TakeEndOfName();
        if (next is CarriageReturn or LineFeed) return "a field line has no colon";
        if (!Token.MayHave(next)) return "a field name has a space or another byte that it may not have";
        if (_nameLength < FieldNames.MostTelling) _name[_nameLength++] = next;
        return Count();
    }

    /// <summary>RFC 9110 §6.5.1: some servers take a trailer for a field of the head.</summary>
    private string? TakeEndOfName()
    {
        if (_nameLength == 0) return "a field name is empty";
        if (FieldNames.KindOf(((ReadOnlySpan<byte>)_name)[.._nameLength]) is not FieldKinds.None) return "a trailer has a field that belongs in the head";
        return Count() ?? Go(Part.TrailerValue);
    }

    private string? Count() => ++_extra > MaxExtra ? "chunk extensions and trailers take more than 16384 bytes" : null;

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    [InlineArray(FieldNames.MostTelling)]
    private struct NameBytes
    {
        private byte _first;
    }
}
