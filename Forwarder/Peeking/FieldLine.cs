namespace SniForward.Peeking;

/// <summary>A field line of HTTP/1 (RFC 9112 §5), without its end.</summary>
internal readonly ref struct FieldLine
{
    private const byte Space = 0x20;
    private const byte Tab = 0x09;

    private readonly ReadOnlySpan<byte> _line;
    private readonly int _colon;

    private FieldLine(ReadOnlySpan<byte> line, int colon)
    {
        _line = line;
        _colon = colon;
    }

    /// <summary>The name, a token.</summary>
    public ReadOnlySpan<byte> Name => _line[.._colon];

    /// <summary>The value without the spaces and tabs around it; perhaps empty.</summary>
    public ReadOnlySpan<byte> Value => _line[(_colon + 1)..].Trim(" \t"u8);

    /// <summary>Where the value starts, counted from the start of the line.</summary>
    public int ValueStart => _line.Length - _line[(_colon + 1)..].TrimStart(" \t"u8).Length;

    /// <summary>Reads <paramref name="line"/>, which is not empty and has no line break. Answers why it is malformed, or null.</summary>
    public static string? Read(ReadOnlySpan<byte> line, out FieldLine field)
    {
        field = default;
        if (line[0] is Space or Tab) return "a field line starts with a space or tab";

        var colon = Token.IndexOfEnd(line);
        if (colon < 0 || (line[colon] != ':' && !line.Contains((byte)':'))) return "a field line has no colon";
        if (line[colon] != ':') return "a field name has a space or another byte that it may not have";
        if (colon == 0) return "a field name is empty";

        field = new FieldLine(line, colon);
        return null;
    }
}
