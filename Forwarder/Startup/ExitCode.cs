namespace SniForward.Startup;

/// <summary>The exit statuses of <c>sniforward</c>.</summary>
internal static class ExitCode
{
    /// <summary>It ended as asked.</summary>
    public const int Ok = 0;

    /// <summary>It failed while running, or a listener could not be bound.</summary>
    public const int Failed = 1;

    /// <summary>The configuration or the command line is wrong.</summary>
    public const int Invalid = 2;
}
