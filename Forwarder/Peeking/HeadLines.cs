using System.Buffers;

namespace SniForward.Peeking;

/// <summary>
/// Finds the lines of an HTTP/1 head. It remembers how far it has searched, so that each byte is searched once, however
/// few come at a time.
/// </summary>
internal struct HeadLines
{
    private const byte LineFeed = 0x0a;
    private const byte CarriageReturn = 0x0d;

    /// <summary>What ends a line, or breaks it, where a line feed alone ends one, too (RFC 9112 §2.2).</summary>
    private static readonly SearchValues<byte> LenientStops = SearchValues.Create("\n\r\0"u8);

    /// <summary>Every control byte but the tab.</summary>
    private static readonly SearchValues<byte> StrictStops = SearchValues.Create(
        [.. Enumerable.Range(0x00, 0x20).Append(0x7f).Where(value => value != '\t').Select(value => (byte)value)]);

    private int _searched;

    /// <summary>Where the line starts that is looked for, counted from the first byte received.</summary>
    public int Start { get; private set; }

    /// <summary>Passes over empty lines, as a server does before the request line (RFC 9112 §2.2).</summary>
    public void SkipEmpty(in ReceivedBytes bytes)
    {
        while (Start < bytes.Length)
        {
            var lineFeed = bytes[Start] == CarriageReturn ? Start + 1 : Start;
            if (lineFeed == bytes.Length || bytes[lineFeed] != LineFeed) break;
            Start = lineFeed + 1;
        }

        _searched = Start;
    }

    /// <summary>
    /// Looks for the end of the line at <see cref="Start"/>; if it is found, the next line becomes the one looked for.
    /// </summary>
    /// <param name="bytes">All that was received.</param>
    /// <param name="isStrict">Whether only CR LF ends a line, and no control byte but the tab may stand in one.</param>
    /// <param name="end">Where the line ends, without its line break.</param>
    /// <param name="reason">If there is no line: why there never will be, or null if more bytes are needed.</param>
    public bool TryNext(in ReceivedBytes bytes, bool isStrict, out int end, out string? reason)
    {
        reason = null;
        end = bytes.IndexOfAny(isStrict ? StrictStops : LenientStops, _searched);
        _searched = end < 0 ? bytes.Length : end;
        if (end < 0) return false;

        var lineFeed = bytes[end] == CarriageReturn ? end + 1 : end;
        if (lineFeed == bytes.Length) return false;
        if (bytes[lineFeed] != LineFeed || (isStrict && lineFeed == end))
        {
            reason = isStrict ? StrictReason(bytes[end]) : "there is a NUL or a carriage return without a line feed";
            return false;
        }

        Start = _searched = lineFeed + 1;
        return true;
    }

    private static string StrictReason(byte stop) => stop switch
    {
        CarriageReturn => "there is a carriage return without a line feed",
        LineFeed => "a line ends in a line feed without a carriage return",
        _ => "there is a control byte",
    };
}
