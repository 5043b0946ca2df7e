using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace SniForward.Startup.Configuration;

/// <summary>Durations, sizes, rates and names as a configuration writes them.</summary>
internal static class ConfigValues
{
    /// <summary>What messages call one.</summary>
    public const string ADuration = "a duration such as \"5s\" (with quotes and a unit)";

    /// <summary>What messages call one.</summary>
    public const string ASize = "a size such as \"64KiB\" (with quotes and a unit)";

    /// <summary>What messages call one.</summary>
    public const string ARate = "a rate such as \"20/s\" (with quotes)";

    /// <summary>What messages call one that may have a burst.</summary>
    public const string ARateOrTable = ARate + " or { rate = \"20/s\", burst = 50 }";

    /// <summary>What messages call one.</summary>
    public const string AByteRate = "a rate such as \"10MiB/s\" (with quotes and a unit)";

    private const long LargestByteRate = 1024L << 30;

    // The timers that measure it count milliseconds in 31 bits, which is a little more.
    private static readonly TimeSpan LongestDuration = TimeSpan.FromDays(24);

    /// <summary>"250ms", "5s", "10m" or "1h"; more than nothing, at most 24 days.</summary>
    public static bool TryDuration(string text, out TimeSpan value, [NotNullWhen(false)] out string? error)
    {
        if (!TryDurationOrZero(text, out value, out error))
            return false;

        error = value == TimeSpan.Zero ? $"\"{text}\" would end everything at once; write how long to wait, such as \"5s\"" : null;
        return error is null;
    }

    /// <summary>As <see cref="TryDuration"/>, or "0s".</summary>
    public static bool TryDurationOrZero(string text, out TimeSpan value, [NotNullWhen(false)] out string? error)
    {
        value = default;
        if (!TrySplitUnit(text, out long count, out string unit) || !unit.All(char.IsAsciiLetter))
        {
            error = $"\"{text}\" is not a duration; write \"250ms\", \"5s\", \"10m\" or \"1h\"";
            return false;
        }

        long milliseconds = unit switch { "ms" => 1, "s" => 1000, "m" => 60_000, "h" => 3_600_000, _ => 0 };
        error = (unit, milliseconds) switch
        {
            ("", _) => $"\"{text}\" has no unit; write \"{text}s\" for seconds",
            (_, 0) => $"\"{unit}\" is not a unit of time; write ms, s, m or h",
            _ when count > LongestDuration.TotalMilliseconds / milliseconds =>
                $"\"{text}\" is too long; at most {LongestDuration.TotalHours}h (24 days)",
            _ => null,
        };
        if (error is not null)
            return false;

        value = TimeSpan.FromMilliseconds(count * milliseconds);
        return true;
    }

    /// <summary>The bytes of a first flight: "1KiB" to "64KiB", or in bytes, "4096B".</summary>
    public static bool TryPeekSize(string text, out int bytes, [NotNullWhen(false)] out string? error)
    {
        bool good = TrySize(text, 1L << 10, 64L << 10, "\"64KiB\" or \"4096B\"", "\"1KiB\" to \"64KiB\"", out long size, out error);
        bytes = (int)size;
        return good;
    }

    /// <summary>The bytes of all first flights together: "1MiB" to "16GiB".</summary>
    public static bool TryPeekMemory(string text, out long bytes, [NotNullWhen(false)] out string? error) =>
        TrySize(text, 1L << 20, 16L << 30, "\"64MiB\" or \"1GiB\"", "\"1MiB\" to \"16GiB\"", out bytes, out error);

    /// <summary>A duration of a second and more, or "0s".</summary>
    public static bool TryLogInterval(string text, out TimeSpan value, [NotNullWhen(false)] out string? error)
    {
        if (!TryDurationOrZero(text, out value, out error))
            return false;

        error = value > TimeSpan.Zero && value < TimeSpan.FromSeconds(1) ? $"\"{text}\" is too often; at least \"1s\", or \"0s\" for never" : null;
        return error is null;
    }

    /// <summary>The bytes of lines that wait to be written: "64KiB" to "1GiB".</summary>
    public static bool TryLogQueue(string text, out long bytes, [NotNullWhen(false)] out string? error) =>
        TrySize(text, 64L << 10, 1L << 30, "\"16MiB\" or \"1GiB\"", "\"64KiB\" to \"1GiB\"", out bytes, out error);

    /// <summary>"20/s" or "600/m", as a number per second.</summary>
    public static bool TryRate(string text, out double perSecond, [NotNullWhen(false)] out string? error)
    {
        perSecond = 0;
        bool split = TrySplitUnit(text, out long count, out string unit);
        int seconds = unit switch { "/s" => 1, "/m" => 60, _ => 0 };
        error = !split || seconds == 0 ? $"\"{text}\" is not a rate; write \"20/s\" or \"600/m\" (\"0/s\" for no limit)"
            : count > int.MaxValue ? $"\"{text}\" is out of range; at most {int.MaxValue}"
            : null;
        if (error is not null)
            return false;

        perSecond = (double)count / seconds;
        return true;
    }

    /// <summary>"10MiB/s", as bytes per second: "1KiB/s" to "1024GiB/s", or "0B/s".</summary>
    public static bool TryByteRate(string text, out long perSecond, [NotNullWhen(false)] out string? error)
    {
        perSecond = 0;
        bool split = TrySplitUnit(text, out long count, out string unit);
        long factor = unit switch { "B/s" => 1, "KiB/s" => 1L << 10, "MiB/s" => 1L << 20, "GiB/s" => 1L << 30, _ => 0 };
        error = !split || factor == 0 ? $"\"{text}\" is not a rate of bytes; write \"10MiB/s\" or \"512KiB/s\" (\"0B/s\" for no limit)"
            : count != 0 && (count > LargestByteRate / factor || count * factor < 1024) ?
                $"\"{text}\" is out of range; it may be \"1KiB/s\" to \"1024GiB/s\", or \"0B/s\" for no limit"
            : null;
        if (error is not null)
            return false;

        perSecond = count * factor;
        return true;
    }

    /// <summary>The name of a backend or a listener: letters, digits, "-", "_" and ".".</summary>
    public static bool TryName(string text, [MaybeNullWhen(false)] out string name, [NotNullWhen(false)] out string? error)
    {
        bool good = text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
        name = good ? text : null;
        error = good ? null : $"\"{text}\" is not a name; use letters, digits, \"-\", \"_\" and \".\"";
        return good;
    }

    /// <summary>A protocol's name of 1 to 255 bytes (RFC 7301 §3.1).</summary>
    public static bool TryAlpn(string text, out string protocol, [NotNullWhen(false)] out string? error)
    {
        protocol = text;
        error = System.Text.Encoding.UTF8.GetByteCount(text) switch
        {
            0 => "a protocol cannot be empty; write \"h2\" or \"http/1.1\"",
            > 255 => "a protocol is at most 255 bytes long",
            _ => null,
        };
        return error is null;
    }

    private static bool TrySize(
        string text, long least, long most, string examples, string range, out long bytes, [NotNullWhen(false)] out string? error)
    {
        bytes = 0;
        bool split = TrySplitUnit(text, out long count, out string unit);
        long factor = unit switch { "B" => 1, "KiB" => 1L << 10, "MiB" => 1L << 20, "GiB" => 1L << 30, _ => 0 };
        error = !split || factor == 0 ? $"\"{text}\" is not a size; write {examples}"
            : count > most / factor || count * factor < least ? $"\"{text}\" is out of range; it may be {range}"
            : null;
        if (error is not null)
            return false;

        bytes = count * factor;
        return true;
    }

    private static bool TrySplitUnit(string text, out long count, out string unit)
    {
        int digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        if (digits < 0)
            digits = text.Length;
        unit = text[digits..];
        return long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out count);
    }
}
