namespace SniForward.Startup.Configuration;

/// <summary>One thing that two configurations say differently.</summary>
/// <param name="Key">What: "route sub1.xyz.com", "limits.connections".</param>
/// <param name="Text">The change, in one line, without secrets.</param>
internal sealed record ConfigChange(string Key, string Text)
{
    private static readonly string[] Fixed = ["transport", "threads", "watch", "log.level", "log.format", "limits.peek_memory", "admin.", "otlp."];

    /// <summary>Whether it holds only from the next start on.</summary>
    public bool NeedsRestart => Array.Exists(Fixed, key => Key == key || (key.EndsWith('.') && Key.StartsWith(key, StringComparison.Ordinal)));
}
