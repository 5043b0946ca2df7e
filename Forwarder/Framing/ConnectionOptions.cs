using System.Runtime.CompilerServices;
using System.Text;
using SniForward.Peeking;

namespace SniForward.Framing;

/// <summary>What the Connection fields of a head say (RFC 9110 §7.6.1).</summary>
internal struct ConnectionOptions
{
    /// <summary>The most fields that Connection may name, beyond those that are always meant for the next hop only.</summary>
    public const int MaxNamed = 16;

    private Ranges _named;

    /// <summary>Whether the connection ends with this message.</summary>
    public bool Close { get; private set; }

    /// <summary>Whether it is to stay, which for HTTP/1.0 must be said.</summary>
    public bool KeepAlive { get; private set; }

    /// <summary>Whether the Upgrade field counts.</summary>
    public bool Upgrade { get; private set; }

    /// <summary>How many fields it names.</summary>
    public int NamedCount { get; private set; }

    /// <summary>Where the name of field <paramref name="index"/> stands, in what was received.</summary>
    public readonly ByteRange Named(int index) => _named[index];

    /// <summary>Takes the value of one Connection field. Answers why it is malformed, or null.</summary>
    /// <param name="value">The value, without spaces and tabs around it.</param>
    /// <param name="start">Where it stands in what was received.</param>
    public string? Take(ReadOnlySpan<byte> value, int start)
    {
        for (var at = 0; at <= value.Length;)
        {
            var rest = value[at..];
            var comma = rest.IndexOf((byte)',');
            var element = comma < 0 ? rest : rest[..comma];
            var option = element.TrimStart(" \t"u8);
            var optionStart = start + at + element.Length - option.Length;
            option = option.TrimEnd(" \t"u8);
            at += element.Length + 1;

            // A list may have empty elements (RFC 9110 §5.6.1.2).
            if (!option.IsEmpty && TakeOption(option, optionStart) is { } reason) return reason;
        }
        return null;
    }

    private string? TakeOption(ReadOnlySpan<byte> option, int start)
    {
        if (!Token.Is(option)) return "an option in Connection is not a token";
        if (Ascii.EqualsIgnoreCase(option, "close"u8)) Close = true;
        else if (Ascii.EqualsIgnoreCase(option, "keep-alive"u8)) KeepAlive = true;
        else if (Ascii.EqualsIgnoreCase(option, "upgrade"u8)) Upgrade = true;
        else return TakeName(option, start);
        return null;
    }

    private string? TakeName(ReadOnlySpan<byte> name, int start)
    {
        var kind = FieldNames.KindOf(name);
        if ((kind & FieldKinds.Message) != 0) return "Connection names Host, Content-Length or Transfer-Encoding";
        if ((kind & FieldKinds.HopByHop) != 0) return null;
        if (NamedCount == MaxNamed) return "Connection names more than 16 fields";
        _named[NamedCount++] = new ByteRange(start, name.Length);
        return null;
    }

    [InlineArray(MaxNamed)]
    private struct Ranges
    {
        private ByteRange _first;
    }
}
