namespace SniForward.Telemetry.Metrics;

/// <summary>From where to where connections are forwarded, by the names of the configuration.</summary>
/// <param name="Listener">The listener's name.</param>
/// <param name="Route">The route's, or "default".</param>
/// <param name="Backend">The backend's.</param>
/// <param name="Server">The server's, or "dynamic".</param>
internal readonly record struct FlowKey(string Listener, string Route, string Backend, string Server);
