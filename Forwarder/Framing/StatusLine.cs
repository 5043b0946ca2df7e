namespace SniForward.Framing;

/// <summary>The status line of an HTTP/1 answer (RFC 9112 §4).</summary>
/// <param name="Code">The status code, 100 to 999.</param>
/// <param name="IsHttp10">Whether the version is HTTP/1.0; otherwise it is HTTP/1.1.</param>
internal readonly record struct StatusLine(int Code, bool IsHttp10)
{
    /// <summary>100 (Continue).</summary>
    public const int Continue = 100;

    /// <summary>101 (Switching Protocols).</summary>
    public const int SwitchingProtocols = 101;

    /// <summary>204 (No Content).</summary>
    public const int NoContent = 204;

    /// <summary>304 (Not Modified).</summary>
    public const int NotModified = 304;

    /// <summary>426 (Upgrade Required).</summary>
    public const int UpgradeRequired = 426;

    private const int CodeStart = 9;
    private const int CodeEnd = 12;

    /// <summary>Reads <paramref name="line"/>, which has no line break. Answers why it is malformed, or null.</summary>
    public static string? Read(ReadOnlySpan<byte> line, out StatusLine status)
    {
        status = default;
        var isHttp10 = line.StartsWith("HTTP/1.0 "u8);
        if (!isHttp10 && !line.StartsWith("HTTP/1.1 "u8)) return "the status line does not start with HTTP/1.0 or HTTP/1.1 and a space";

        // The space before a reason that is empty is often missing.
        var code = 0;
        if (line.Length < CodeEnd || (line.Length > CodeEnd && line[CodeEnd] != ' ')) return "the status code is not a number of three digits";
        foreach (var digit in line[CodeStart..CodeEnd])
        {
            if (!char.IsAsciiDigit((char)digit)) return "the status code is not a number of three digits";
            code = code * 10 + digit - '0';
        }
        if (code < 100) return "the status code is less than 100";

        status = new StatusLine(code, isHttp10);
        return null;
    }
}
