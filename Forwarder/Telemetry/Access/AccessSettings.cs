namespace SniForward.Telemetry.Access;

/// <summary>What the access log is to be.</summary>
internal sealed record AccessSettings
{
    /// <summary>Whether there is one at all.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>How its lines are written.</summary>
    public LogFormat Format { get; init; }

    /// <summary>The file that they are appended to; null: the console.</summary>
    public string? File { get; init; }

    /// <summary>How often a connection that stays open is logged meanwhile; zero: never.</summary>
    public TimeSpan Interval { get; init; }

    /// <summary>Whether the targets of requests are logged with their queries.</summary>
    public bool Queries { get; init; }

    /// <summary>How many bytes of lines may wait to be written, of all engines together; what does not fit is dropped.</summary>
    public long Queue { get; init; } = 16 << 20;
}
