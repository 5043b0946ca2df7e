namespace SniForward.Telemetry;

/// <summary>How log lines are written.</summary>
internal enum LogFormat
{
    Text,

    /// <summary>One object a line.</summary>
    Json,
}
