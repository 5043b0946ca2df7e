namespace SniForward.Startup;

/// <summary>The standard output, for lines that are UTF-8 already.</summary>
internal static class StandardOutput
{
    private static readonly Stream Bytes = Console.OpenStandardOutput();

    /// <summary>Writes whole lines, none of which is torn by another message.</summary>
    public static void Write(ReadOnlySpan<byte> lines)
    {
        // What is written as text is written under this lock.
        lock (Console.Out) Bytes.Write(lines);
    }
}
