namespace SniForward.Transport.Tls;

/// <summary>What a handshake gave.</summary>
/// <param name="Socket">The socket, to which the one underneath now belongs; null on a failure, when that is still the caller's.</param>
/// <param name="Failure"><see cref="TlsFailure.None"/> exactly if there is a socket.</param>
/// <param name="Reason">With <see cref="TlsFailure.Failed"/>, what went wrong, for a log; else null.</param>
internal readonly record struct TlsResult(TlsSocket? Socket, TlsFailure Failure, string? Reason = null);
