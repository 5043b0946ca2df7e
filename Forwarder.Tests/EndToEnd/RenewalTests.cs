using System.Diagnostics;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using SniForward.Startup.Configuration;
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

    [Fact]
    public async Task A_session_of_before_a_reload_is_resumed_after_it_unless_the_route_then_wants_certificates()
    {
        using var server = TestServer.Start(stream => stream.WriteAsync("bye\n"u8.ToArray()).AsTask());
        Authority.IssueEcdsa(Name).WritePem(PathOf("site.pem"), PathOf("site.key"));
        Authority.IssueEcdsa("somebody").WritePem(PathOf("client.pem"), PathOf("client.key"));
        await File.WriteAllTextAsync(PathOf("ca.pem"), $"{Authority.Root.ExportCertificatePem()}\n{Authority.Intermediate.ExportCertificatePem()}", TestContext.Current.CancellationToken);
        var toml = $$"""
            {{engine.Line()}}
            [[listener]]
            bind = "127.0.0.1:0"
            [[route]]
            hosts = ["{{Name}}"]
            tls = { certificate = "{{PathOf("site.pem")}}", key = "{{PathOf("site.key")}}", host_must_match = false }
            backend = "127.0.0.1:{{server.Port}}"
            """;
        await using var forwarder = TestForwarder.Start(toml);

        Assert.StartsWith("New, ", await ConnectAsync(forwarder, "-sess_out", "session"), StringComparison.Ordinal);
        Reload(toml + "\nmax_connections = 1000");
        Assert.StartsWith("Reused, ", await ConnectAsync(forwarder, "-sess_in", "session"), StringComparison.Ordinal);
        Reload(toml.Replace("host_must_match", $"client_ca = \"{PathOf("ca.pem")}\", host_must_match", StringComparison.Ordinal));

        Assert.StartsWith("New, ", await ConnectAsync(forwarder, "-sess_in", "session", "-cert", "client.pem", "-key", "client.key"), StringComparison.Ordinal);

        void Reload(string changed) => forwarder.Forwarder.Reload(ConfigReader.Read(changed, "test.toml").Config!);
    }

    /// <summary>What OpenSSL's client says of its session.</summary>
    private async Task<string> ConnectAsync(TestForwarder forwarder, params string[] arguments)
    {
        string[] all = ["s_client", "-connect", $"127.0.0.1:{forwarder.Port}", "-servername", Name, "-tls1_3", "-ign_eof", .. arguments];
        var start = new ProcessStartInfo(Machine.NeedsCommand("openssl"), all)
        {
            WorkingDirectory = _folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var client = Process.Start(start)!;
        var errors = client.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).InTimeAsync();
        await errors.InTimeAsync();
        return output.Split('\n').First(line => line.Contains(", TLSv1.3, Cipher is", StringComparison.Ordinal));
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
