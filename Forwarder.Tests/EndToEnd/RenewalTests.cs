using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using SniForward.Tests.Securing;

namespace SniForward.Tests.EndToEnd;

/// <summary>Certificates that are renewed while they are used.</summary>
public abstract class RenewalTests(Engine engine) : IDisposable
{
    private const string Name = "app.example";

    private static readonly TestAuthority Authority = new();

    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Open_connections_go_on_and_new_ones_see_the_new_certificate()
    {
        using var server = TestServer.Start(stream => stream.CopyToAsync(stream));
        var old = Authority.IssueEcdsa(Name);
        old.WritePem(PathOf("site.pem"), PathOf("site.key"));
        await using var forwarder = engine.Start($$"""
            [[listener]]
            bind = "127.0.0.1:0"
            [[route]]
            hosts = ["{{Name}}"]
            tls = { certificate = "{{PathOf("site.pem")}}", key = "{{PathOf("site.key")}}", host_must_match = false }
            backend = "127.0.0.1:{{server.Port}}"
            """);
        using var client = await TestClient.ConnectAsync(forwarder);
        await using var open = await client.StartTlsAsync(Name);
        await EchoAsync(open);

        var renewed = Authority.IssueRsa(Name);
        renewed.WritePem(PathOf("new.pem"), PathOf("new.key"));
        File.Move(PathOf("new.pem"), PathOf("site.pem"), overwrite: true);
        Assert.Contains("site.key\" does not belong to the certificate", await forwarder.NextLineAsync("cannot be used"), StringComparison.Ordinal);
        await EchoAsync(open);
        Assert.Equal(old.Thumbprint, await ShownAsync(forwarder));

        File.Move(PathOf("new.key"), PathOf("site.key"), overwrite: true);
        Assert.Contains($"names: {Name}, key: RSA 2048, expires ", await forwarder.NextLineAsync("was renewed"), StringComparison.Ordinal);
        await EchoAsync(open);
        Assert.Equal(renewed.Thumbprint, await ShownAsync(forwarder));
    }

    private static async Task<string> ShownAsync(TestForwarder forwarder)
    {
        using var client = await TestClient.ConnectAsync(forwarder);
        await using var tls = await client.StartTlsAsync(Name);
        await EchoAsync(tls);
        return ((X509Certificate2)tls.RemoteCertificate!).Thumbprint;
    }

    private static async Task EchoAsync(SslStream tls)
    {
        await tls.WriteAsync("hello"u8.ToArray(), TestContext.Current.CancellationToken);
        var answer = new byte[5];
        await tls.ReadExactlyAsync(answer, TestContext.Current.CancellationToken).AsTask().InTimeAsync();
        Assert.Equal("hello"u8, answer);
    }

    private string PathOf(string file) => Path.Combine(_folder, file);
}

public sealed class RenewalTestsOnEpoll() : RenewalTests(Engine.Epoll);

public sealed class RenewalTestsOnSockets() : RenewalTests(Engine.Sockets);
