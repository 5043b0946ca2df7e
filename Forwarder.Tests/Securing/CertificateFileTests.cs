using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SniForward.Securing;

namespace SniForward.Tests.Securing;

public sealed class CertificateFileTests : IDisposable
{
    private static readonly TestAuthority Authority = new();
    private static readonly PbeParameters Encryption = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);

    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_chain_is_read_in_its_order()
    {
        var own = Authority.IssueEcdsa("a.example");

        Assert.True(CertificateFile.TryReadPem(Write(Pem(own, Authority.Intermediate)), out var chain, out _));

        Assert.Equal([own.Thumbprint, Authority.Intermediate.Thumbprint], chain.Select(one => one.Thumbprint));
    }

    [Fact]
    public void Keys_are_read_in_every_form_that_openssl_writes()
    {
        var (rsa, ecdsa) = (Authority.IssueRsa("a.example"), Authority.IssueEcdsa("a.example"));
        using var rsaKey = rsa.GetRSAPrivateKey()!;
        using var ecdsaKey = ecdsa.GetECDsaPrivateKey()!;

        Assert.Null(KeyError(rsaKey.ExportPkcs8PrivateKeyPem(), rsa));
        Assert.Null(KeyError(rsaKey.ExportRSAPrivateKeyPem(), rsa));
        Assert.Null(KeyError(rsaKey.ExportEncryptedPkcs8PrivateKeyPem("word", Encryption), rsa, "word"));
        Assert.Null(KeyError(ecdsaKey.ExportPkcs8PrivateKeyPem(), ecdsa));
        Assert.Null(KeyError(ecdsaKey.ExportECPrivateKeyPem(), ecdsa));
        Assert.Null(KeyError($"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n{ecdsaKey.ExportECPrivateKeyPem()}", ecdsa));
        Assert.Null(KeyError(ecdsaKey.ExportEncryptedPkcs8PrivateKeyPem("word", Encryption), ecdsa, "word"));
    }

    [Fact]
    public void A_key_may_stand_in_the_file_of_its_certificate()
    {
        var own = Authority.IssueEcdsa("a.example");
        using var key = own.GetECDsaPrivateKey()!;

        Assert.Null(KeyError(Pem(own, Authority.Intermediate) + "\n" + key.ExportPkcs8PrivateKeyPem(), own));
    }

    [Fact]
    public void A_key_of_another_certificate_is_refused()
    {
        using var ecdsaKey = Authority.IssueEcdsa("b.example").GetECDsaPrivateKey()!;
        using var rsaKey = Authority.IssueRsa("b.example").GetRSAPrivateKey()!;

        foreach (var own in new[] { Authority.IssueEcdsa("a.example"), Authority.IssueRsa("a.example") })
        {
            Assert.Equal("does not belong to the certificate", KeyError(ecdsaKey.ExportPkcs8PrivateKeyPem(), own));
            Assert.Equal("does not belong to the certificate", KeyError(rsaKey.ExportPkcs8PrivateKeyPem(), own));
        }
    }

    [Fact]
    public void A_chain_in_the_wrong_order_is_told_from_a_wrong_key()
    {
        var own = Authority.IssueEcdsa("a.example");
        using var key = own.GetECDsaPrivateKey()!;

        var error = KeyError(key.ExportPkcs8PrivateKeyPem(), Authority.Intermediate, own);

        Assert.StartsWith("belongs to another certificate of the file", error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_encrypted_key_needs_its_password()
    {
        var own = Authority.IssueEcdsa("a.example");
        using var key = own.GetECDsaPrivateKey()!;
        var pem = key.ExportEncryptedPkcs8PrivateKeyPem("word", Encryption);

        Assert.StartsWith("is encrypted", KeyError(pem, own), StringComparison.Ordinal);
        Assert.StartsWith("cannot be decrypted", KeyErrorWith("other", pem, own), StringComparison.Ordinal);
    }

    [Fact]
    public void The_certificate_with_the_key_comes_first_of_a_pfx()
    {
        var own = Authority.IssueEcdsa("a.example");
        var path = Path.Combine(_folder, "site.pfx");
        File.WriteAllBytes(path, new X509Certificate2Collection { Authority.Root, Authority.Intermediate, own }.Export(X509ContentType.Pkcs12, "word")!);

        Assert.True(CertificateFile.TryReadPfx(path, "word", out var chain, out _));
        Assert.False(CertificateFile.TryReadPfx(path, "other", out _, out var error));

        Assert.Equal(own.Thumbprint, chain[0].Thumbprint);
        Assert.True(chain[0].HasPrivateKey);
        Assert.Equal(3, chain.Count);
        Assert.Equal("is no PFX, its password is wrong, or its key is neither RSA nor ECDSA", error);
    }

    [Fact]
    public void A_pfx_may_have_no_password_but_must_have_a_key()
    {
        var own = Authority.IssueEcdsa("a.example");
        var path = Path.Combine(_folder, "site.pfx");
        File.WriteAllBytes(path, own.Export(X509ContentType.Pkcs12));
        Assert.True(CertificateFile.TryReadPfx(path, null, out _, out _));

        File.WriteAllBytes(path, Authority.Root.Export(X509ContentType.Pkcs12));
        Assert.False(CertificateFile.TryReadPfx(path, null, out _, out var error));
        Assert.Equal("holds no private key", error);
    }

    [Theory]
    [InlineData("absent.pem", "does not exist")]
    [InlineData("absent/absent.pem", "does not exist")]
    [InlineData("", "is a directory; name the file inside it")]
    public void A_file_that_cannot_be_read_says_why(string name, string why)
    {
        var path = Path.Combine(_folder, name);

        Assert.False(CertificateFile.TryReadPem(path, out _, out var pem));
        Assert.False(CertificateFile.TryReadPfx(path, null, out _, out var pfx));
        Assert.False(CertificateFile.TryReadPassword(path, out _, out var password));

        Assert.All([pem, pfx, password], error => Assert.Equal(why, error));
    }

    [Fact]
    public void A_name_that_is_no_path_is_an_error_too() => Assert.False(CertificateFile.TryReadPem("a\0b", out _, out _));

    [Fact]
    public void A_certificate_of_a_chain_that_is_damaged_is_not_left_out()
    {
        var pem = Pem(Authority.IssueEcdsa("a.example"), Authority.Intermediate);

        var bad = pem.Insert(pem.LastIndexOf("CERTIFICATE-----\n", StringComparison.Ordinal) - 60, "!");

        Assert.False(CertificateFile.TryReadPem(Write(bad), out _, out var error));
        Assert.Equal("holds a certificate that is damaged", error);
    }

    [Theory]
    [InlineData("word\n", "word")]
    [InlineData("word\r\nmore\n", "word")]
    [InlineData(" word ", " word ")]
    [InlineData("", "")]
    public void A_password_is_the_first_line(string text, string expected)
    {
        Assert.True(CertificateFile.TryReadPassword(Write(text), out var password, out _));
        Assert.Equal(expected, password);
    }

    private string? KeyError(string pem, params X509Certificate2[] chain) => KeyErrorWith(null, pem, chain);

    private string? KeyError(string pem, X509Certificate2 own, string password) => KeyErrorWith(password, pem, own);

    private string? KeyErrorWith(string? password, string pem, params X509Certificate2[] chain)
    {
        X509Certificate2[] bare = [.. chain.Select(one => X509CertificateLoader.LoadCertificate(one.RawData))];
        var good = CertificateFile.TryReadKey(Write(pem), password, [.. bare], out var certificate, out var error);
        Assert.Equal(good, certificate?.HasPrivateKey ?? false);
        return error;
    }

    private string Write(string text)
    {
        var path = Path.Combine(_folder, "file.pem");
        File.WriteAllText(path, text);
        return path;
    }

    private static string Pem(params X509Certificate2[] chain) => string.Join("\n", chain.Select(one => one.ExportCertificatePem())) + "\n";
}
