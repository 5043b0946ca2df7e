using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SniForward.Tests.Transport.Tls;

/// <summary>Self-signed certificates, made once.</summary>
internal static class TestCertificates
{
    public static X509Certificate2 Ecdsa { get; } = SelfSigned(new CertificateRequest("CN=ecdsa.test", ECDsa.Create(ECCurve.NamedCurves.nistP256), HashAlgorithmName.SHA256));

    public static X509Certificate2 Rsa { get; } =
        SelfSigned(new CertificateRequest("CN=rsa.test", RSA.Create(2048), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    private static X509Certificate2 SelfSigned(CertificateRequest request) =>
        request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
}
