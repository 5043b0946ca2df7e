using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SniForward.Securing;

/// <summary>
/// Reads certificates and keys from files. What is wrong with a file is a clause to stand behind its name, such as "does
/// not exist"; nothing throws for it.
/// </summary>
internal static class CertificateFile
{
    private const string CertificateMark = "-----BEGIN CERTIFICATE-----";

    private const string Empty = "is empty";

    // RFC 1421: how OpenSSL encrypted keys before PKCS #8.
    private const string OldEncryption = "Proc-Type: 4,ENCRYPTED";

    /// <summary>The certificates of a PEM file (RFC 7468), at least one.</summary>
    public static bool TryReadPem(
        string path, [NotNullWhen(true)] out X509Certificate2Collection? chain, [NotNullWhen(false)] out string? error)
    {
        chain = null;
        if (!TryReadText(path, out var text, out error)) return false;

        var read = new X509Certificate2Collection();
        try
        {
            read.ImportFromPem(text);
        }
        catch (CryptographicException)
        {
            read.Clear();
        }

        // What is no good base64 is passed over by the reader.
        var written = text.AsSpan().Count(CertificateMark);
        if (text.Length == 0) error = Empty;
        else if (written == 0) error = $"holds no certificate in PEM, {CertificateMark}";
        else if (read.Count < written) error = "holds a certificate that is damaged";
        if (error is not null) return false;

        chain = read;
        return true;
    }

    /// <summary>The first certificate of <paramref name="chain"/> with its private key, which is in a PEM file.</summary>
    /// <param name="path">The key's file: PKCS #8, encrypted or not, PKCS #1 or SEC 1.</param>
    /// <param name="password">Of an encrypted key; null: there is none.</param>
    /// <param name="chain">At least one certificate, the key's own first.</param>
    /// <param name="certificate">With its key.</param>
    /// <param name="error">Why there is none.</param>
    public static bool TryReadKey(
        string path,
        string? password,
        X509Certificate2Collection chain,
        [NotNullWhen(true)] out X509Certificate2? certificate,
        [NotNullWhen(false)] out string? error)
    {
        certificate = null;
        if (!TryReadText(path, out var text, out error)) return false;

        var isEncrypted = text.Contains("ENCRYPTED PRIVATE KEY", StringComparison.Ordinal);
        if (text.Length == 0)
            error = Empty;
        else if (text.Contains(OldEncryption, StringComparison.Ordinal))
            error = "is encrypted in the old way of OpenSSL, which is not supported; convert it by \"openssl pkcs8 -topk8\"";
        else if (!text.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            error = "holds no private key in PEM, -----BEGIN PRIVATE KEY-----";
        else if (isEncrypted && password is null)
            error = "is encrypted; write password_file = \"password.txt\" too";
        if (error is not null) return false;

        using var key = ReadKey(text, isEncrypted ? password : null);
        if (key is null)
        {
            error = isEncrypted ? "cannot be decrypted: the password is wrong, or the file damaged" : "holds no key that is RSA or ECDSA, or is damaged";
            return false;
        }

        certificate = WithKey(chain[0], key);
        if (certificate is not null) return true;
        error = chain.Skip(1).Any(other => WithKey(other, key) is not null)
            ? "belongs to another certificate of the file than the first; the server's own certificate comes first, then who issued it"
            : "does not belong to the certificate";
        return false;
    }

    /// <summary>The certificates of a PFX file (PKCS #12), that with the private key first.</summary>
    public static bool TryReadPfx(
        string path, string? password, [NotNullWhen(true)] out X509Certificate2Collection? chain, [NotNullWhen(false)] out string? error)
    {
        chain = null;
        if (!TryRead(path, File.ReadAllBytes, out var bytes, out error)) return false;
        if (bytes.Length == 0) error = Empty;
        else if (bytes.AsSpan().IndexOf("-----BEGIN "u8) >= 0) error = "is PEM, and needs its private key; write key = \"privkey.pem\" too";
        if (error is not null) return false;

        try
        {
            var all = X509CertificateLoader.LoadPkcs12Collection(bytes, password);
            if (all.FirstOrDefault(one => one.HasPrivateKey) is not { } own) error = "holds no private key";
            else if (!IsUsable(own)) error = "holds a key that is neither RSA nor ECDSA";
            else chain = [own, .. all.Where(one => one != own)];
        }
        catch (CryptographicException)
        {
            error = password is null
                ? "is neither PEM nor PFX, or needs a password; write password_file = \"password.txt\" too"
                : "is no PFX, its password is wrong, or its key is neither RSA nor ECDSA";
        }
        return chain is not null;
    }

    /// <summary>The first line of a file.</summary>
    public static bool TryReadPassword(string path, [NotNullWhen(true)] out string? password, [NotNullWhen(false)] out string? error)
    {
        var good = TryReadText(path, out var text, out error);
        password = good ? text!.Split('\n')[0].TrimEnd('\r') : null;
        return good;
    }

    private static bool IsUsable(X509Certificate2 certificate)
    {
        using var rsa = certificate.GetRSAPrivateKey();
        using var ecdsa = certificate.GetECDsaPrivateKey();
        return rsa is not null || ecdsa is not null;
    }

    private static AsymmetricAlgorithm? ReadKey(string pem, string? password) =>
        ReadKey<RSA>(RSA.Create(), pem, password) ?? ReadKey<ECDsa>(ECDsa.Create(), pem, password);

    private static AsymmetricAlgorithm? ReadKey<T>(T key, string pem, string? password) where T : AsymmetricAlgorithm
    {
        try
        {
            if (password is null) key.ImportFromPem(pem);
            else key.ImportFromEncryptedPem(pem, password);
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            return null;
        }
    }

    /// <summary>Null: the key is another's.</summary>
    private static X509Certificate2? WithKey(X509Certificate2 certificate, AsymmetricAlgorithm key)
    {
        try
        {
            return key is RSA rsa ? certificate.CopyWithPrivateKey(rsa) : certificate.CopyWithPrivateKey((ECDsa)key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    private static bool TryReadText(string path, [NotNullWhen(true)] out string? text, [NotNullWhen(false)] out string? error) =>
        TryRead(path, File.ReadAllText, out text, out error);

    private static bool TryRead<T>(
        string path, Func<string, T> read, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out string? error) where T : class
    {
        (value, error) = (null, null);
        try
        {
            value = read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            error = e switch
            {
                _ when Directory.Exists(path) => "is a directory; name the file inside it",
                FileNotFoundException or DirectoryNotFoundException => "does not exist",
                UnauthorizedAccessException => "cannot be read: permission denied; let the user that runs sniforward read it",
                _ => $"cannot be read: {e.Message}",
            };
        }
        return error is null;
    }
}
