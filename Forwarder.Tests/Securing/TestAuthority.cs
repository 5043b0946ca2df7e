using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SniForward.Securing;

namespace SniForward.Tests.Securing;

/// <summary>Issues certificates: a root, an intermediate that it issued, and what that issues.</summary>
internal sealed class TestAuthority
{
    private readonly DateTimeOffset _from = DateTimeOffset.UtcNow.AddDays(-400);
    private readonly DateTimeOffset _to = DateTimeOffset.UtcNow.AddDays(400);
    private readonly X509Certificate2 _intermediate;

    public TestAuthority(string name = "test")
    {
        var root = Issue($"{name} root", null, isAuthority: true);
        _intermediate = Issue($"{name} intermediate", root, isAuthority: true);
        (Root, Intermediate) = (Public(root), Public(_intermediate));
    }

    public X509Certificate2 Root { get; }

    /// <summary>Without its key, as a chain has it.</summary>
    public X509Certificate2 Intermediate { get; }

    public ServerCertificate Rsa(params string[] names) => new("rsa.pem", IssueRsa(names), [Intermediate]);

    public ServerCertificate Ecdsa(params string[] names) => new("ecdsa.pem", IssueEcdsa(names), [Intermediate]);

    public X509Certificate2 IssueEcdsa(params string[] names) => Issue(names is [var first, ..] ? first : "nobody", _intermediate, isAuthority: false, names);

    public X509Certificate2 IssueEcdsa(DateTimeOffset from, DateTimeOffset to, params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Issue(NewRequest(new CertificateRequest("CN=dated", key, HashAlgorithmName.SHA256), names), _intermediate, from, to).CopyWithPrivateKey(key);
    }

    /// <summary>One whose status the OCSP responder at <paramref name="responder"/> knows.</summary>
    public X509Certificate2 IssueWithStatus(string responder, params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = NewRequest(new CertificateRequest("CN=status", key, HashAlgorithmName.SHA256), names);
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension([responder], []));
        return Issue(request, _intermediate, _from.AddDays(2), _to.AddDays(-2)).CopyWithPrivateKey(key);
    }

    /// <summary>The certificate and key that it issues with.</summary>
    public void WriteIssuer(string path, string keyPath) => _intermediate.WritePem(path, keyPath);

    public X509Certificate2 IssueRsa(params string[] names)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=rsa", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return Issue(NewRequest(request, names), _intermediate, _from.AddDays(2), _to.AddDays(-2)).CopyWithPrivateKey(key);
    }

    private X509Certificate2 Issue(string subject, X509Certificate2? issuer, bool isAuthority, params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = NewRequest(new CertificateRequest($"CN={subject}", key, HashAlgorithmName.SHA256), names);
        if (isAuthority) request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return issuer is null
            ? request.CreateSelfSigned(_from, _to)
            : Issue(request, issuer, _from.AddDays(1), _to.AddDays(-1)).CopyWithPrivateKey(key);
    }

    private static X509Certificate2 Issue(CertificateRequest request, X509Certificate2 issuer, DateTimeOffset from, DateTimeOffset to)
    {
        var generator = X509SignatureGenerator.CreateForECDsa(issuer.GetECDsaPrivateKey()!);
        return request.Create(issuer.SubjectName, generator, from, to, RandomNumberGenerator.GetBytes(8));
    }

    private static CertificateRequest NewRequest(CertificateRequest request, string[] names)
    {
        if (names.Length == 0) return request;
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address)) alternatives.AddIpAddress(address);
            else alternatives.AddDnsName(name);
        }
        request.CertificateExtensions.Add(alternatives.Build());
        return request;
    }

    private static X509Certificate2 Public(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.RawData);
}
