using System.Security.Cryptography.X509Certificates;

namespace SniForward.Securing;

/// <summary>What a certificate must have so that its status can be stapled (RFC 6066 §8).</summary>
internal static class OcspStapling
{
    /// <summary>Why it cannot, in a clause to stand behind its name; null: it can.</summary>
    /// <param name="certificate">Whose status it is.</param>
    /// <param name="chain">Who issued it, as far as its file says.</param>
    public static string? WhyNot(X509Certificate2 certificate, X509Certificate2Collection chain)
    {
        var responders = certificate.Extensions.OfType<X509AuthorityInformationAccessExtension>().SelectMany(access => access.EnumerateOcspUris());
        if (!responders.Any(uri => uri.StartsWith("http://", StringComparison.OrdinalIgnoreCase)))
            return "names no OCSP responder, so that nothing is stapled; remove ocsp_stapling";
        return EndsAtRoot(certificate, chain)
            ? null
            : "comes without its chain up to a root, so that nothing is stapled; add who issued it to the file, and the root if the system does not know that";
    }

    // SslStream asks nobody otherwise, and would look for who is missing by download while a handshake waits.
    private static bool EndsAtRoot(X509Certificate2 certificate, X509Certificate2Collection others)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.ExtraStore.AddRange(others);
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllFlags;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.Build(certificate);
        return !chain.ChainStatus.Any(status => status.Status.HasFlag(X509ChainStatusFlags.PartialChain));
    }
}
