using System.Security.Cryptography.X509Certificates;

namespace SniForward.Securing;

/// <summary>Certificates of authorities that are trusted in place of the system's.</summary>
internal static class TrustedRoots
{
    /// <summary>Whether a certificate ends a chain: one that only another vouches for is no root.</summary>
    public static bool IsRoot(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    /// <summary>Whether two files hold the same certificates in the same order; null: there is none.</summary>
    public static bool AreSame(X509Certificate2Collection? one, X509Certificate2Collection? other) =>
        one is null || other is null ? one == other : one.Select(certificate => certificate.Thumbprint).SequenceEqual(other.Select(certificate => certificate.Thumbprint));

    /// <summary>How a peer's chain is checked: it ends at one of the roots, and nothing is downloaded for it.</summary>
    /// <param name="authorities">Roots, and what may stand between them and a peer's own; null: the system's roots.</param>
    public static X509ChainPolicy PolicyOf(X509Certificate2Collection? authorities)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (authorities is null) return policy;

        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        foreach (var authority in authorities) (IsRoot(authority) ? policy.CustomTrustStore : policy.ExtraStore).Add(authority);
        return policy;
    }
}
