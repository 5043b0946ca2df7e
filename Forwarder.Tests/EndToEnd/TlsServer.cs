using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SniForward.Tests.EndToEnd;

/// <summary>A TLS server with a certificate of its own that says its name and sends back what it gets.</summary>
internal static class TlsServer
{
    public static TestServer Start(string name, params SslApplicationProtocol[] alpn) =>
        TestServer.Start(stream => ServeAsync(stream, name, alpn));

    /// <summary>The same on one connection.</summary>
    public static async Task ServeAsync(Stream stream, string name, params SslApplicationProtocol[] alpn)
    {
        using var certificate = SelfSigned(name);
        using var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = certificate,
            ApplicationProtocols = alpn.Length > 0 ? [.. alpn] : null,
        });
        await tls.WriteAsync(Encoding.ASCII.GetBytes(name + "\n"));
        await tls.CopyToAsync(tls);
        await tls.ShutdownAsync();
    }

    public static X509Certificate2 SelfSigned(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
