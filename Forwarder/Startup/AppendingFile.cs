using SniForward.Transport.Epoll;

namespace SniForward.Startup;

/// <summary>Opens files to which lines are appended, by as many processes as like to.</summary>
internal static class AppendingFile
{
    /// <summary>Opens it, or makes it, for its user to write and its group to read.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened, or is a directory.</exception>
    public static Stream Open(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        var file = new FileStream(path, options);
        // .NET only begins at the end. Of a file that another process appends to as well, or that is cut to nothing, the end is elsewhere at each write.
        if (OperatingSystem.IsLinux()) Libc.AlwaysAppend((int)file.SafeFileHandle.DangerousGetHandle());
        return file;
    }
}
