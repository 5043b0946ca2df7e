namespace SniForward.Telemetry.Metrics;

/// <summary>TLS handshakes that ended alike.</summary>
/// <param name="Peer">Whom with: "client" or "server".</param>
/// <param name="Result">One of a few words.</param>
internal readonly record struct HandshakeKey(string Peer, string Result);
