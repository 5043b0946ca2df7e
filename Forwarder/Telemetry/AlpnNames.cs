namespace SniForward.Telemetry;

/// <summary>The names in an ALPN list in wire form (RFC 7301 §3.1), for a log.</summary>
internal static class AlpnNames
{
    /// <summary>The longest that <see cref="Join"/> writes, in bytes.</summary>
    public const int MostBytes = 2 * MostBeforeCut + 8;

    /// <summary>A list, and each name in it, is cut once it is that long.</summary>
    private const int MostBeforeCut = 100;

    /// <summary>Writes them with commas between, a long list cut; how many bytes that took.</summary>
    /// <param name="list">Well formed.</param>
    /// <param name="to">At least <see cref="MostBytes"/> long.</param>
    public static int Join(ReadOnlySpan<byte> list, Span<byte> to)
    {
        var length = 0;
        while (!list.IsEmpty && length < MostBeforeCut)
        {
            if (length > 0) to[length++] = (byte)',';
            var name = list.Slice(1, list[0]);
            list = list[(1 + name.Length)..];
            length += Cut(name, to[length..]);
        }
        if (!list.IsEmpty) length += Copy(",..."u8, to[length..]);
        return length;
    }

    private static int Cut(ReadOnlySpan<byte> name, Span<byte> to)
    {
        if (name.Length <= MostBeforeCut) return Copy(name, to);
        return Copy(name[..MostBeforeCut], to) + Copy("..."u8, to[MostBeforeCut..]);
    }

    private static int Copy(ReadOnlySpan<byte> bytes, Span<byte> to)
    {
        bytes.CopyTo(to);
        return bytes.Length;
    }
}
