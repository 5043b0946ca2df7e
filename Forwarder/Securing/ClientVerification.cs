using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using SniForward.Transport.Tls;

namespace SniForward.Securing;

/// <summary>Whether the certificate that a client shows, or shows not, is taken: what is asked when its chain has been checked.</summary>
internal static class ClientVerification
{
    // RFC 5246 §7.2.2.
    private const byte HandshakeFailure = 40;
    private const byte BadCertificate = 42;
    private const byte CertificateExpired = 45;
    private const byte UnknownAuthority = 48;

    /// <summary>What <see cref="SslStream"/> asks; null if clients are asked for no certificate.</summary>
    public static RemoteCertificateValidationCallback? For(ClientAuth auth) => auth switch
    {
        ClientAuth.Request => static (_, certificate, chain, errors) => certificate is null || IsGood(chain, errors),
        ClientAuth.Require => static (_, certificate, chain, errors) => certificate is null ? IsMissing() : IsGood(chain, errors),
        _ => null,
    };

    private static bool IsMissing() => Refuse("The client shows no certificate.", HandshakeFailure);

    private static bool IsGood(X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors is SslPolicyErrors.None) return true;
        var status = (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        return Refuse($"The client's certificate is refused: {status}.", AlertOf(status));
    }

    private static byte AlertOf(X509ChainStatusFlags status)
    {
        if ((status & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0) return UnknownAuthority;
        return status.HasFlag(X509ChainStatusFlags.NotTimeValid) ? CertificateExpired : BadCertificate;
    }

    // Elsewhere SslStream has alerts of its own.
    private static bool Refuse(string reason, byte alert) => OperatingSystem.IsLinux() ? throw new PeerRefusedException(reason, alert) : false;
}
