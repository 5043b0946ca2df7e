namespace SniForward.Tests.EndToEnd;

/// <summary>What a process has open, by Linux's <c>/proc</c>.</summary>
internal static class OpenDescriptors
{
    /// <param name="process">Its id, or "self".</param>
    /// <param name="kinds">How what they lead to may begin: "socket:", "pipe:".</param>
    public static int Of(string process, params string[] kinds) => Directory.EnumerateFileSystemEntries($"/proc/{process}/fd")
        .Select(entry => new FileInfo(entry).LinkTarget)
        .Count(target => target is not null && kinds.Any(kind => target.StartsWith(kind, StringComparison.Ordinal)));
}
