namespace SniForward.Securing;

/// <summary>What tells that a file was written or that another is in its place. Links are followed: they are what is swapped.</summary>
/// <param name="Written">When it was last written, in universal time.</param>
/// <param name="Length">In bytes.</param>
internal readonly record struct FileStamp(DateTime Written, long Length)
{
    /// <summary>The default for no file, or one that cannot be opened.</summary>
    public static FileStamp Of(string? path)
    {
        if (path is null) return default;
        try
        {
            using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            return new FileStamp(File.GetLastWriteTimeUtc(file), RandomAccess.GetLength(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return default;
        }
    }
}
