using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SniForward.Securing;

/// <summary>The files of a certificate, from which it can be loaded again and again.</summary>
/// <param name="CertificatePath">In PEM with its chain, or a PFX.</param>
/// <param name="KeyPath">Its key in PEM; null: that is in the PFX.</param>
/// <param name="PasswordPath">The file with the password of the key or PFX; null: there is none.</param>
/// <param name="Staples">Whether its OCSP status is stapled.</param>
internal sealed record CertificateSource(string CertificatePath, string? KeyPath, string? PasswordPath, bool Staples = false)
{
    /// <summary>What its files are now.</summary>
    public (FileStamp Certificate, FileStamp Key, FileStamp Password) Stamp() =>
        (FileStamp.Of(CertificatePath), FileStamp.Of(KeyPath), FileStamp.Of(PasswordPath));

    /// <summary>Loads it, or tells which file is wrong and why, in a clause to stand behind its name. Never throws for bad files.</summary>
    /// <param name="name">What people call it.</param>
    /// <param name="loaded">The certificate.</param>
    /// <param name="error">One of the paths, and what is wrong with it.</param>
    public bool TryLoad(
        string name, [NotNullWhen(true)] out LoadedCertificate? loaded, [NotNullWhen(false)] out (string Path, string Why)? error)
    {
        // Before they are read: what is written meanwhile is seen as a change later.
        var stamp = Stamp();
        (loaded, error) = (null, null);
        string? why = null;
        string? password = null;
        if (PasswordPath is not null && !CertificateFile.TryReadPassword(PasswordPath, out password, out why))
            error = (PasswordPath, why);
        else if (TryRead(password, out var own, out var chain, out error) && TryMake(name, own, chain, out var certificate, out error))
            loaded = new LoadedCertificate(this, stamp, certificate);
        return loaded is not null;
    }

    private bool TryRead(
        string? password,
        [NotNullWhen(true)] out X509Certificate2? own,
        [NotNullWhen(true)] out X509Certificate2Collection? chain,
        out (string Path, string Why)? error)
    {
        (own, error) = (null, null);
        var isRead = KeyPath is null
            ? CertificateFile.TryReadPfx(CertificatePath, password, out chain, out var why)
            : CertificateFile.TryReadPem(CertificatePath, out chain, out why);
        if (!isRead) error = (CertificatePath, why!);
        else if (KeyPath is null) own = chain![0];
        else if (!CertificateFile.TryReadKey(KeyPath, password, chain!, out own, out why)) error = (KeyPath, why);
        return own is not null;
    }

    private bool TryMake(
        string name,
        X509Certificate2 own,
        X509Certificate2Collection chain,
        [NotNullWhen(true)] out ServerCertificate? certificate,
        out (string Path, string Why)? error)
    {
        (certificate, error) = (null, null);
        try
        {
            certificate = new ServerCertificate(name, own, chain, Staples);
        }
        catch (CryptographicException e)
        {
            error = (CertificatePath, $"cannot be used: {e.Message}");
        }
        return certificate is not null;
    }
}
