namespace SniForward.Telemetry;

/// <summary>The one mapping of <see cref="ConnectionEnd"/> to what people read.</summary>
internal static class ConnectionEnds
{
    /// <summary>The name of <paramref name="end"/> in logs and metrics.</summary>
    public static string Name(this ConnectionEnd end) => end switch
    {
        ConnectionEnd.Completed => "completed",
        ConnectionEnd.ClientReset => "client_reset",
        ConnectionEnd.ServerReset => "server_reset",
        ConnectionEnd.IdleTimeout => "idle_timeout",
        ConnectionEnd.HalfClosedTimeout => "half_closed_timeout",
        ConnectionEnd.Drained => "drained",
        ConnectionEnd.ClosedByOperator => "closed_by_operator",
        ConnectionEnd.ClientEndedEarly => "client_ended_early",
        ConnectionEnd.ClientResetEarly => "client_reset_early",
        ConnectionEnd.PeekTimeout => "peek_timeout",
        ConnectionEnd.Malformed => "malformed",
        ConnectionEnd.TooLarge => "too_large",
        ConnectionEnd.ProtocolNotAccepted => "protocol_not_accepted",
        ConnectionEnd.NotRecognised => "not_recognised",
        ConnectionEnd.NoName => "no_name",
        ConnectionEnd.NoRoute => "no_route",
        ConnectionEnd.Redirected => "redirected",
        ConnectionEnd.BackendUnreachable => "backend_unreachable",
        ConnectionEnd.BackendTimeout => "backend_timeout",
        ConnectionEnd.BackendFull => "backend_full",
        ConnectionEnd.ClientLeft => "client_left",
        ConnectionEnd.BackendDown => "backend_down",
        ConnectionEnd.Loop => "loop",
        ConnectionEnd.AddressNotAllowed => "address_not_allowed",
        ConnectionEnd.NoDescriptor => "no_descriptor",
        ConnectionEnd.ServerFailed => "server_failed",
        ConnectionEnd.RouteLimit => "route_limit",
        ConnectionEnd.PeekMemory => "peek_memory",
        ConnectionEnd.TlsFailed => "tls_failed",
        ConnectionEnd.TlsTimeout => "tls_timeout",
        ConnectionEnd.HandshakesFull => "handshakes_full",
        ConnectionEnd.HostMismatch => "host_mismatch",
        ConnectionEnd.ClientLimit => "client_limit",
        ConnectionEnd.ClientDenied => "client_denied",
        ConnectionEnd.ProxyNotTrusted => "proxy_not_trusted",
        ConnectionEnd.ProxyMissing => "proxy_missing",
        ConnectionEnd.ProcessLimit => "process_limit",
        ConnectionEnd.NoAnswer => "no_answer",
        ConnectionEnd.BadAnswer => "bad_answer",
        ConnectionEnd.AnswerTimeout => "answer_timeout",
        ConnectionEnd.RequestLimit => "request_limit",
        ConnectionEnd.InternalError => "internal_error",
        _ => throw new ArgumentOutOfRangeException(nameof(end)),
    };

    /// <summary>Whether the client did not get what it came for: neither a server, nor an answer that leads it on.</summary>
    public static bool IsRefusal(this ConnectionEnd end) => end is not (
        ConnectionEnd.Completed or ConnectionEnd.Redirected or ConnectionEnd.ClientReset or ConnectionEnd.ServerReset or ConnectionEnd.IdleTimeout
        or ConnectionEnd.HalfClosedTimeout or ConnectionEnd.Drained or ConnectionEnd.ClosedByOperator or ConnectionEnd.ServerFailed);
}
