using System.Security.Authentication;

namespace SniForward.Transport.Tls;

/// <summary>
/// A peer's certificate is refused: thrown by a <see cref="System.Net.Security.RemoteCertificateValidationCallback"/> that
/// has an alert for it. Where SslStream sends alerts of its own for what a callback refuses, false does instead.
/// </summary>
/// <param name="message">Why, a sentence for a log.</param>
/// <param name="alert">The description of a fatal alert (RFC 5246 §7.2.2).</param>
internal sealed class PeerRefusedException(string message, byte alert) : AuthenticationException(message)
{
    /// <summary>The description of a fatal alert (RFC 5246 §7.2.2).</summary>
    public byte Alert => alert;
}
