namespace SniForward.Startup.TakeOver;

/// <summary>The place of a running process cannot be taken, and it goes on. The message is one line that says why, and what to do.</summary>
internal sealed class TakeOverException(string path, string why) : Exception($"what listens on {path} cannot be taken over from: {why}");
