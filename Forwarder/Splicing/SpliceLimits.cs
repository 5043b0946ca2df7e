namespace SniForward.Splicing;

/// <summary>How long a spliced connection may be silent, and how fast it may be.</summary>
/// <param name="Idle">Without a byte either way.</param>
/// <param name="HalfClosed">Without a byte, once one side has ended.</param>
/// <param name="UploadRate">From the client to the server, in bytes per second; 0: no limit.</param>
/// <param name="DownloadRate">From the server to the client, likewise.</param>
internal readonly record struct SpliceLimits(TimeSpan Idle, TimeSpan HalfClosed, long UploadRate, long DownloadRate);
