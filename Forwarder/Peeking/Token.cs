using System.Buffers;

namespace SniForward.Peeking;

/// <summary>What methods, field names and options are made of (RFC 9110 §5.6.2).</summary>
internal static class Token
{
    private static readonly SearchValues<byte> Bytes = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Whether <paramref name="text"/> is a token, and so not empty.</summary>
    public static bool Is(ReadOnlySpan<byte> text) => !text.IsEmpty && !text.ContainsAnyExcept(Bytes);

    /// <summary>Whether <paramref name="value"/> may stand in a token.</summary>
    public static bool MayHave(byte value) => Bytes.Contains(value);

    /// <summary>The offset of the first byte that may not stand in a token, or -1.</summary>
    public static int IndexOfEnd(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(Bytes);
}
