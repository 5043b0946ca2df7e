using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using SniForward.Securing;

namespace SniForward.Startup.Configuration;

/// <summary>
/// Reads the certificate files that a configuration names; those that it names again are the same certificates. One that is
/// not valid today, or soon not any more, is a warning: a forwarder that does not start helps its clients less.
/// </summary>
internal sealed class ConfigCertificates(ConfigErrors errors, TimeProvider time)
{
    private const string PairAdvice = "write certificate = [\"rsa.pem\", \"ecdsa.pem\"], key = [\"rsa.key\", \"ecdsa.key\"]";

    // Let's Encrypt's are renewed 30 days before they expire: then something is amiss, and there is time to see to it.
    private static readonly TimeSpan Soon = TimeSpan.FromDays(21);

    private readonly Dictionary<(string Certificate, string? Key, string? Password), ServerCertificate> _read = [];

    /// <summary>Each once, in the order in which they were read.</summary>
    public IReadOnlyCollection<ServerCertificate> All => _read.Values;

    /// <summary>The certificates of a table, or a single one; empty if any was refused or none is there.</summary>
    /// <param name="section">The table.</param>
    /// <param name="certificateKey">Its key for the certificates.</param>
    /// <param name="keyKey">Its key for their keys.</param>
    public IReadOnlyList<ServerCertificate> Read(ConfigSection section, string certificateKey = "certificate", string keyKey = "key")
    {
        int before = errors.Count;
        var certificates = section.Strings(certificateKey) ?? [];
        var keys = section.Strings(keyKey);
        var passwordFile = section.String("password_file");
        section.RefuseEmpty(certificateKey, "write the name of a PEM file");
        if (!section.Has(certificateKey) && (section.Has(keyKey) || section.Has("password_file")))
            section.RefuseWithout(certificateKey, $"write {certificateKey} = \"fullchain.pem\"");
        else if (keys is not null && keys.Count != certificates.Count && errors.Count == before)
            section.RefuseKey(keyKey, $"there must be one for each certificate, in the same order; {PairAdvice}");

        string? password = null;
        if (passwordFile is { } file && !CertificateFile.TryReadPassword(PathOf(file), out password, out string? error))
            Refuse(file, error);
        if (errors.Count > before)
            return [];

        var all = new List<ServerCertificate>(certificates.Count);
        for (int i = 0; i < certificates.Count; i++)
        {
            if (ReadOne(certificates[i], keys?[i], password) is { } certificate)
                all.Add(certificate);
        }
        return errors.Count > before ? [] : all;
    }

    /// <summary>The certificates of authorities in a PEM file, with a root among them; null if they were refused or are not there.</summary>
    public X509Certificate2Collection? ReadAuthorities(ConfigSection section, string key)
    {
        if (section.String(key) is not { } text)
            return null;
        if (!CertificateFile.TryReadPem(PathOf(text), out var authorities, out string? error))
            Refuse(text, error);
        else if (!authorities.Any(TrustedRoots.IsRoot))
            Refuse(text, "holds no root, which is a certificate that it issued to itself; add it, for a chain is trusted that ends at one");
        else
            return authorities;
        return null;
    }

    private ServerCertificate? ReadOne(ConfigText text, ConfigText? keyText, string? password)
    {
        string path = PathOf(text);
        var source = (path, keyText is { } known ? PathOf(known) : null, password);
        if (_read.TryGetValue(source, out var certificate))
            return certificate;

        X509Certificate2? own;
        if (keyText is { } key)
        {
            if (!CertificateFile.TryReadPem(path, out var chain, out string? error))
                return Refuse(text, error);
            if (!CertificateFile.TryReadKey(PathOf(key), password, chain, out own, out error))
                return Refuse(key, error);
            certificate = new ServerCertificate(text.Value, own, chain);
        }
        else
        {
            if (!CertificateFile.TryReadPfx(path, password, out var chain, out string? error))
                return Refuse(text, error);
            certificate = new ServerCertificate(text.Value, chain[0], chain);
        }

        WarnOfDates(text, certificate);
        _read.Add(source, certificate);
        return certificate;
    }

    private void WarnOfDates(ConfigText text, ServerCertificate certificate)
    {
        var now = time.GetUtcNow();
        if (certificate.NotAfter < now)
            Warn($"expired on {Date(certificate.NotAfter)}; clients refuse it");
        else if (certificate.NotBefore > now)
            Warn($"is not valid before {Date(certificate.NotBefore)}; clients refuse it until then");
        else if (certificate.NotAfter - now < Soon)
            Warn($"expires on {Date(certificate.NotAfter)}, in {(certificate.NotAfter - now).Days} days; renew it");

        void Warn(string what) => errors.Warn(text.Node, $"{text.Key}: \"{text.Value}\" {what}");
    }

    private string PathOf(ConfigText text) => Path.Combine(errors.Folder, text.Value);

    private static ServerCertificate? Refuse(ConfigText text, string why)
    {
        text.Refuse($"\"{text.Value}\" {why}");
        return null;
    }

    private static string Date(DateTimeOffset date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
