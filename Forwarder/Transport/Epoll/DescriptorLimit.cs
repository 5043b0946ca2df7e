namespace SniForward.Transport.Epoll;

/// <summary>The limit of open files of this process (RLIMIT_NOFILE, getrlimit(2)).</summary>
internal static class DescriptorLimit
{
    /// <summary>
    /// Raises the soft limit to the hard one, which needs no privilege. The soft one is low only for the sake of
    /// select(2), which nothing here uses. If it cannot be raised it stays.
    /// </summary>
    public static void Raise()
    {
        if (Libc.DescriptorLimit(out var soft, out var hard) >= 0 && soft < hard) _ = Libc.SetDescriptorLimit(hard, hard);
    }
}
