namespace SniForward.Startup.Configuration;

/// <summary>
/// Finds the lines that hold a header. The pull parser has no event for the second header of an array of tables, nor
/// for one that is repeated, so the text between two events is searched for them.
/// </summary>
internal sealed class ConfigHeaders(string text)
{
    // The text before has been accounted for.
    private int _offset;
    private int _line = 1;

    /// <summary>The line of the header that was found last; 0: none yet.</summary>
    public int Line { get; private set; } = text.AsSpan().TrimStart(" \t").StartsWith('[') ? 1 : 0;

    /// <summary>Where its name begins, if no blanks come before it.</summary>
    public int Column { get; private set; }

    public bool IsArray { get; private set; }

    /// <summary>Passes over text in which no header can be.</summary>
    public void MoveTo(int offset, int line) => (_offset, _line) = (offset, line);

    /// <summary>Finds the next header that begins before an offset.</summary>
    public bool FindNext(int end)
    {
        while (_offset < end && text.AsSpan(_offset, end - _offset).IndexOf('\n') is >= 0 and int newline)
        {
            MoveTo(_offset + newline + 1, _line + 1);
            int bracket = text.AsSpan(_offset, end - _offset).IndexOfAnyExcept(' ', '\t');
            if (bracket < 0 || text[_offset + bracket] != '[')
                continue;

            IsArray = text.AsSpan(_offset + bracket).StartsWith("[[");
            Line = _line;
            Column = bracket + (IsArray ? 3 : 2);
            return true;
        }

        return false;
    }
}
