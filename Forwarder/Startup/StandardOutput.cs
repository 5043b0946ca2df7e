namespace SniForward.Startup;

/// <summary>The standard output, for lines that are UTF-8 already.</summary>
internal static class StandardOutput
{
    /// <summary>Opens it, while there is a descriptor for that. What is given writes whole lines, none of which is torn by another message.</summary>
    public static Action<ReadOnlySpan<byte>> Open()
    {
        var (bytes, text) = (Console.OpenStandardOutput(), Console.Out);
        return lines =>
        {
            // What is written as text is written under this lock.
            lock (text) bytes.Write(lines);
        };
    }
}
