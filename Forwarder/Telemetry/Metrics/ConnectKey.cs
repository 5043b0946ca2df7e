namespace SniForward.Telemetry.Metrics;

/// <summary>Attempts to reach a server that ended alike.</summary>
/// <param name="Backend">The backend's name.</param>
/// <param name="Server">The server's, or "dynamic".</param>
/// <param name="Result">One of a few words.</param>
internal readonly record struct ConnectKey(string Backend, string Server, string Result);
