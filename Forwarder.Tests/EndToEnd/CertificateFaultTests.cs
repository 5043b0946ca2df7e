using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SniForward.Tests.Securing;

namespace SniForward.Tests.EndToEnd;

/// <summary>The program with files of certificates that it cannot use: it says what is wrong with all of them, and does not start.</summary>
public sealed class CertificateFaultTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("check")]
    [InlineData("run")]
    public async Task Every_file_that_is_wrong_is_named_with_its_place(string command)
    {
        var authority = new TestAuthority();
        var certificate = authority.IssueEcdsa("app.example");
        certificate.WritePem(PathOf("good.pem"), PathOf("good.key"));
        authority.IssueEcdsa("app.example").WritePem(PathOf("other.pem"), PathOf("other.key"));
        await WriteAsync("secret.key", await File.ReadAllBytesAsync(PathOf("good.key"), TestContext.Current.CancellationToken), UnixFileMode.None);
        await WriteAsync("empty.pem", []);
        await WriteAsync("noise.pem", RandomNumberGenerator.GetBytes(1000));
        await WriteAsync("site.pfx", certificate.Export(X509ContentType.Pfx, "right"));
        await WriteAsync("wrong.txt", "wrong\n"u8.ToArray());
        await WriteAsync("forward.toml", """
            [[listener]]
            bind = "127.0.0.1:0"
            [[certificate]]
            certificate = "good.pem"
            key = "absent.key"
            [[certificate]]
            certificate = "good.pem"
            key = "secret.key"
            [[certificate]]
            certificate = "good.pem"
            key = "other.key"
            [[certificate]]
            certificate = "empty.pem"
            key = "good.key"
            [[certificate]]
            certificate = "noise.pem"
            key = "good.key"
            [[certificate]]
            certificate = "site.pfx"
            password_file = "wrong.txt"
            [[route]]
            hosts = ["app.example"]
            tls = { certificate = "absent.pem", key = "good.key" }
            backend = "127.0.0.1:1"
            """u8.ToArray());

        await using var program = ForwarderProcess.StartConfined(_folder, command);
        var status = await program.ExitAsync();

        Assert.Equal("", await program.RestOfOutputAsync());
        Assert.Equal(
            """
            forward.toml:5:7: key: "absent.key" does not exist
            forward.toml:8:7: key: "secret.key" cannot be read: permission denied; let the user that runs sniforward read it
            forward.toml:11:7: key: "other.key" does not belong to the certificate
            forward.toml:13:15: certificate: "empty.pem" is empty
            forward.toml:16:15: certificate: "noise.pem" holds no certificate in PEM, -----BEGIN CERTIFICATE-----
            forward.toml:19:15: certificate: "site.pfx" is no PFX, its password is wrong, or its key is neither RSA nor ECDSA
            forward.toml:23:23: certificate: "absent.pem" does not exist

            """,
            program.Errors);
        Assert.Equal(2, status);
    }

    private async Task WriteAsync(string file, byte[] bytes, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        await File.WriteAllBytesAsync(PathOf(file), bytes, TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(PathOf(file), mode);
    }

    private string PathOf(string file) => Path.Combine(_folder, file);
}
