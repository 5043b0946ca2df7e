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

    private readonly Dictionary<CertificateSource, LoadedCertificate> _read = [];

    /// <summary>Each once, in the order in which they were read.</summary>
    public IReadOnlyCollection<LoadedCertificate> All => _read.Values;

    /// <summary>The certificates of a table, or a single one; empty if any was refused or none is there.</summary>
    /// <param name="section">The table.</param>
    /// <param name="certificateKey">Its key for the certificates.</param>
    /// <param name="keyKey">Its key for their keys.</param>
    /// <param name="staplingKey">Its key for whether their status is stapled; null: it has none.</param>
    public IReadOnlyList<ServerCertificate> Read(
        ConfigSection section, string certificateKey = "certificate", string keyKey = "key", string? staplingKey = "ocsp_stapling")
    {
        int before = errors.Count;
        var certificates = section.Strings(certificateKey) ?? [];
        var keys = section.Strings(keyKey);
        var passwordFile = section.String("password_file");
        bool staples = staplingKey is not null && section.Boolean(staplingKey, otherwise: false);
        section.RefuseEmpty(certificateKey, "write the name of a PEM file");
        if (!section.Has(certificateKey) && (section.Has(keyKey) || section.Has("password_file") || staples))
            section.RefuseWithout(certificateKey, $"write {certificateKey} = \"fullchain.pem\"");
        else if (keys is not null && keys.Count != certificates.Count && errors.Count == before)
            section.RefuseKey(keyKey, $"there must be one for each certificate, in the same order; {PairAdvice}");

        if (passwordFile is { } file && !CertificateFile.TryReadPassword(PathOf(file), out _, out string? error))
            Refuse(file, error);
        if (errors.Count > before)
            return [];

        var all = new List<ServerCertificate>(certificates.Count);
        for (int i = 0; i < certificates.Count; i++)
        {
            if (ReadOne(certificates[i], keys?[i], passwordFile, staples) is { } certificate)
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

    private ServerCertificate? ReadOne(ConfigText text, ConfigText? key, ConfigText? passwordFile, bool staples)
    {
        var source = new CertificateSource(PathOf(text), PathOf(key), PathOf(passwordFile), staples);
        if (_read.TryGetValue(source, out var loaded))
            return loaded.Certificate;

        if (!source.TryLoad(text.Value, out loaded, out var error))
        {
            Refuse(key is { } other && error.Value.Path == source.KeyPath ? other : text, error.Value.Why);
            return null;
        }

        if (loaded.Certificate.WarningAt(time.GetUtcNow()) is { } warning)
            errors.Warn(text.Node, $"{text.Key}: \"{text.Value}\" {warning}");
        if (loaded.Certificate.WhyNotStapled is { } why)
            errors.Warn(text.Node, $"{text.Key}: \"{text.Value}\" {why}");
        _read.Add(source, loaded);
        return loaded.Certificate;
    }

    private string? PathOf(ConfigText? text) => text is { } known ? PathOf(known) : null;

    private string PathOf(ConfigText text) => Path.Combine(errors.Folder, text.Value);

    private static void Refuse(ConfigText text, string why) => text.Refuse($"\"{text.Value}\" {why}");
}
