using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SniForward.Tests.Securing;

/// <summary>Certificates as files.</summary>
internal static class PemFiles
{
    public static void WritePem(this X509Certificate2 certificate, string path, string keyPath)
    {
        using AsymmetricAlgorithm key = certificate.GetECDsaPrivateKey() ?? (AsymmetricAlgorithm)certificate.GetRSAPrivateKey()!;
        File.WriteAllText(path, certificate.ExportCertificatePem());
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
    }
}
