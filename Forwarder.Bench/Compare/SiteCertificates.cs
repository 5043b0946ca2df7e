using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SniForward.Bench.Compare;

/// <summary>
/// Two certificates for the same names, one RSA (2048 bits) and one ECDSA (P-256), each with its key in one file, as HAProxy
/// wants it; the others are content with it.
/// </summary>
internal static class SiteCertificates
{
    /// <summary>Writes them below <paramref name="folder"/> if they are not there, and gives their paths, which differ in their last part alone.</summary>
    public static (string Rsa, string Ecdsa) Write(string folder, params string[] names)
    {
        var (rsa, ecdsa) = (Path.Combine(folder, "site.pem.rsa"), Path.Combine(folder, "site.pem.ecdsa"));
        if (File.Exists(ecdsa)) return (rsa, ecdsa);

        using var rsaKey = RSA.Create(2048);
        using var ecdsaKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        WriteOne(rsa, new CertificateRequest($"CN={names[0]}", rsaKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), rsaKey, names);
        WriteOne(ecdsa, new CertificateRequest($"CN={names[0]}", ecdsaKey, HashAlgorithmName.SHA256), ecdsaKey, names);
        return (rsa, ecdsa);
    }

    private static void WriteOne(string path, CertificateRequest request, AsymmetricAlgorithm key, string[] names)
    {
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names) alternatives.AddDnsName(name);
        request.CertificateExtensions.Add(alternatives.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(60));
        File.WriteAllText(path, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }
}
