namespace SniForward.Telemetry;

/// <summary>Why a connection ended. Closed: everything that ends one has exactly one member here.</summary>
internal enum ConnectionEnd
{
    /// <summary>Both sides ended, and every byte was delivered.</summary>
    Completed,

    /// <summary>The client reset the connection.</summary>
    ClientReset,

    /// <summary>The server reset the connection.</summary>
    ServerReset,

    /// <summary>No byte moved for the idle time.</summary>
    IdleTimeout,

    /// <summary>One side had ended, and no byte moved the other way for the half-closed time.</summary>
    HalfClosedTimeout,

    /// <summary>It was still open at the end of the drain.</summary>
    Drained,

    /// <summary>An operator closed it, or took its server out.</summary>
    ClosedByOperator,

    /// <summary>The client ended its side before its first flight was whole.</summary>
    ClientEndedEarly,

    /// <summary>The client reset the connection before its first flight was whole.</summary>
    ClientResetEarly,

    /// <summary>The first flight was not whole at the peek's deadline.</summary>
    PeekTimeout,

    /// <summary>The first flight breaks its protocol, or its name is no host name.</summary>
    Malformed,

    /// <summary>The first flight is larger than <c>peek_bytes</c>.</summary>
    TooLarge,

    /// <summary>The listener does not accept the protocol.</summary>
    ProtocolNotAccepted,

    /// <summary>Neither TLS nor HTTP, and the listener does not accept anything else.</summary>
    NotRecognised,

    /// <summary>The first flight carries no name, and there is no default.</summary>
    NoName,

    /// <summary>No route matches, and there is no default.</summary>
    NoRoute,

    /// <summary>The client spoke plain HTTP, and its route sends it to https.</summary>
    Redirected,

    /// <summary>Every server of the backend refused or could not be reached.</summary>
    BackendUnreachable,

    /// <summary>The connect deadline passed on every server of the backend.</summary>
    BackendTimeout,

    /// <summary>Every server of the backend that is fit is at <c>max_connections</c>, and waiting in its queue was not allowed or in vain.</summary>
    BackendFull,

    /// <summary>The client left while it waited for a server of the backend.</summary>
    ClientLeft,

    /// <summary>No server of the backend is fit: connects or checks have failed before.</summary>
    BackendDown,

    /// <summary>The server would have been one of this process's own listeners.</summary>
    Loop,

    /// <summary>The name that the client chose leads to no address in <c>allow_addresses</c>.</summary>
    AddressNotAllowed,

    /// <summary>The process has no descriptor left: for a connection to a server, or for the client's own, which it was accepted only to be told by.</summary>
    NoDescriptor,

    /// <summary>The server has failed, and <c>close_on_fail</c> says that its connections are cut.</summary>
    ServerFailed,

    /// <summary>The route has as many connections as it may.</summary>
    RouteLimit,

    /// <summary>All first flights together take as much memory as they may.</summary>
    PeekMemory,

    /// <summary>The TLS handshake that ends here failed: the two did not agree, or one did not trust the other.</summary>
    TlsFailed,

    /// <summary>The TLS handshake that ends here was not over in time.</summary>
    TlsTimeout,

    /// <summary>Too many TLS handshakes wait already.</summary>
    HandshakesFull,

    /// <summary>The request inside TLS is for a host of another route than the one that its ClientHello asked for.</summary>
    HostMismatch,

    /// <summary>The client's address has too many connections, or opens them too fast.</summary>
    ClientLimit,

    /// <summary>The client's address is denied, or not among the allowed.</summary>
    ClientDenied,

    /// <summary>A PROXY header came from, or is asked of, an address that is not among the trusted proxies.</summary>
    ProxyNotTrusted,

    /// <summary>The listener requires a PROXY header, and the connection begins without.</summary>
    ProxyMissing,

    /// <summary>The process has as many connections as it may.</summary>
    ProcessLimit,

    /// <summary>The server ended the connection, or reset it, before it answered a request.</summary>
    NoAnswer,

    /// <summary>The server's answer to a request is no HTTP, or could be understood in two ways, or ended early.</summary>
    BadAnswer,

    /// <summary>The server had the whole request, and did not answer for the idle time.</summary>
    AnswerTimeout,

    /// <summary>The client's address sends requests too fast.</summary>
    RequestLimit,

    /// <summary>A fault of SniForward, logged as an error.</summary>
    InternalError,
}
