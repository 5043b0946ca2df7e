namespace SniForward.Transport.Tls;

/// <summary>Why a handshake gave no <see cref="TlsSocket"/>.</summary>
internal enum TlsFailure
{
    /// <summary>It did.</summary>
    None,

    /// <summary>Too many handshakes wait already; nothing was read or sent.</summary>
    Refused,

    /// <summary>It was not over in time.</summary>
    TimedOut,

    /// <summary>The peer ended its side, or reset the connection, in the middle of it.</summary>
    PeerEnded,

    /// <summary>The connection was aborted on this side.</summary>
    Aborted,

    /// <summary>The two did not agree, one did not trust the other, or what came was no TLS.</summary>
    Failed,
}
