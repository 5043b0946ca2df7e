using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using SniForward.Peeking;
using SniForward.Securing;
using SniForward.Startup;
using SniForward.Startup.Configuration;
using SniForward.Tests.Securing;

namespace SniForward.Tests.Startup.Configuration;

public sealed class ConfigTlsTests : IDisposable
{
    private const string Listener = "[[listener]]\nbind = \"127.0.0.1:443\"\n";

    private static readonly TestAuthority Authority = new();

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward-").FullName;

    public ConfigTlsTests()
    {
        Write("site", Authority.IssueEcdsa("a.example", "*.b.example"));
        Write("rsa", Authority.IssueRsa("a.example", "*.b.example"));
        Write("c", Authority.IssueEcdsa("c.example"));
        File.WriteAllText(Path.Combine(_folder, "ca.pem"), Authority.Root.ExportCertificatePem());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Without_tls_a_route_passes_it_through()
    {
        var config = Valid("""
            [[route]]
            hosts = ["a.example"]
            backend = "localhost:1"
            [[route]]
            hosts = ["b.example"]
            tls = false
            backend = "localhost:1"
            """);

        Assert.All(config.Routes, route => Assert.Null(route.Tls));
        Assert.Null(config.Backends[0].Tls);
        Assert.Empty(config.Certificates);
    }

    [Fact]
    public void A_route_with_a_certificate_has_the_defaults()
    {
        var tls = Route("tls = { certificate = \"site.pem\", key = \"site.key\" }");

        Assert.Equal(SslProtocols.Tls12 | SslProtocols.Tls13, tls.Protocols);
        Assert.Equal([SslApplicationProtocol.Http11], tls.Alpn);
        Assert.Equal(ClientAuth.None, tls.ClientAuth);
        Assert.Equal("site.pem", tls.Certificates.Find("", true).Source);
        Assert.Equal(["a.example"], tls.Hosts);
        Assert.True(tls.EachCoversAll);
        Assert.True(tls.OptionsFor("a.example", new TlsOffer(Ecdsa: true)).AllowTlsResume);
    }

    [Fact]
    public void Every_key_of_tls_is_read()
    {
        var tls = Route("""
            tls = { certificate = ["rsa.pem", "site.pem"], key = ["rsa.key", "site.key"], min_version = "1.3", alpn = ["h2", "http/1.1"], client_ca = "ca.pem", client_auth = "request" }
            """);

        Assert.Equal(SslProtocols.Tls13, tls.Protocols);
        Assert.Equal([SslApplicationProtocol.Http2, SslApplicationProtocol.Http11], tls.Alpn);
        Assert.Equal(ClientAuth.Request, tls.ClientAuth);
        Assert.Equal("rsa.pem", tls.Certificates.Find("a.example", false).Source);
        Assert.Equal("site.pem", tls.Certificates.Find("a.example", true).Source);
        Assert.False(tls.OptionsFor("a.example", new TlsOffer(Ecdsa: true)).AllowTlsResume);
    }

    [Fact]
    public void Clients_of_an_authority_must_show_a_certificate_unless_told_otherwise() =>
        Assert.Equal(ClientAuth.Require, Route("tls = { certificate = \"site.pem\", key = \"site.key\", client_ca = \"ca.pem\" }").ClientAuth);

    [Fact]
    public void An_empty_alpn_negotiates_nothing() =>
        Assert.Empty(Route("tls = { certificate = \"site.pem\", key = \"site.key\", alpn = [] }").Alpn);

    [Fact]
    public void Routes_share_the_certificates_of_the_file()
    {
        var config = Valid("""
            [[certificate]]
            certificate = "c.pem"
            key = "c.key"
            [[certificate]]
            certificate = ["site.pem", "rsa.pem"]
            key = ["site.key", "rsa.key"]
            [[route]]
            hosts = ["a.example", "c.example", "x.b.example", "*.d.example"]
            tls = true
            backend = "localhost:1"
            [[route]]
            hosts = ["y.b.example"]
            tls = { min_version = "1.3" }
            backend = "localhost:1"
            """);

        var store = config.Routes[0].Tls!.Certificates;
        Assert.Same(store, config.Routes[1].Tls!.Certificates);
        Assert.False(config.Routes[0].Tls!.EachCoversAll);
        Assert.Equal(SslProtocols.Tls13, config.Routes[1].Tls!.Protocols);
        Assert.Equal(["c.pem", "site.pem", "rsa.pem"], config.Certificates.Select(loaded => loaded.Certificate.Source));
        Assert.Equal("c.pem", store.Find("z.d.example", true).Source);
        Assert.Equal("rsa.pem", store.Find("x.b.example", false).Source);
    }

    [Fact]
    public void A_certificate_that_is_named_twice_is_the_same()
    {
        const string route = "tls = { certificate = \"site.pem\", key = \"site.key\" }\nbackend = \"localhost:1\"\n";
        var config = Valid($"[[route]]\nhosts = [\"a.example\"]\n{route}[[route]]\nhosts = [\"x.b.example\"]\n{route}");

        var certificate = Assert.Single(config.Certificates).Certificate;
        Assert.All(config.Routes, route => Assert.Same(certificate, route.Tls!.Certificates.Find("", true)));
    }

    [Fact]
    public void A_backend_begins_tls()
    {
        var config = Valid("""
            [backend.plain]
            servers = ["localhost:1"]
            [backend.simple]
            servers = ["localhost:1"]
            tls = true
            [backend.full]
            servers = ["localhost:1"]
            tls = { verify = true, ca = "ca.pem", server_name = "api.internal", client_certificate = "site.pem", client_key = "site.key" }
            [backend.any]
            servers = ["unix:/run/any.sock"]
            tls = { verify = false }
            """);

        Assert.Null(config.Backends[0].Tls);
        Assert.Equal((true, null, null), (config.Backends[1].Tls!.Verify, config.Backends[1].Tls!.ServerName, config.Backends[1].Tls!.ClientCertificate));
        Assert.Equal("api.internal", config.Backends[2].Tls!.OptionsFor("localhost").TargetHost);
        Assert.Same(config.Certificates[0].Certificate, config.Backends[2].Tls!.ClientCertificate);
        Assert.False(config.Backends[3].Tls!.Verify);
    }

    [Theory]
    [InlineData(-10, -1, "expired on ")]
    [InlineData(1, 90, "is not valid before ")]
    [InlineData(-60, 20, "expires on ")]
    [InlineData(-60, 22, null)]
    public void A_certificate_that_is_not_good_for_long_is_a_warning(int from, int to, string? warning)
    {
        Write("dated", Authority.IssueEcdsa(_time.GetUtcNow().AddDays(from), _time.GetUtcNow().AddDays(to), "a.example"));

        var result = Read("[[route]]\nhosts = [\"a.example\"]\ntls = { certificate = \"dated.pem\", key = \"dated.key\" }\nbackend = \"localhost:1\"\n");

        Assert.Empty(result.Errors);
        Assert.NotNull(result.Config);
        if (warning is null) Assert.Empty(result.Warnings);
        else Assert.StartsWith($"{_folder}/forward.toml:5:23: warning: certificate: \"dated.pem\" {warning}", Assert.Single(result.Warnings).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_status_that_cannot_be_stapled_is_a_warning()
    {
        var withStatus = Authority.IssueWithStatus("http://127.0.0.1/", "a.example");
        foreach (var name in new[] { "lone", "whole" }) Write(name, withStatus);
        File.AppendAllText(Path.Combine(_folder, "whole.pem"), $"\n{Authority.Intermediate.ExportCertificatePem()}\n{Authority.Root.ExportCertificatePem()}");

        var result = Read("""
            [[certificate]]
            certificate = ["site.pem", "lone.pem", "whole.pem"]
            key = ["site.key", "lone.key", "whole.key"]
            ocsp_stapling = true
            [[certificate]]
            certificate = "site.pem"
            key = "site.key"
            """);

        Assert.NotNull(result.Config);
        Assert.Equal(
            [
                $"{_folder}/forward.toml:4:16: warning: certificate: \"site.pem\" names no OCSP responder, so that nothing is stapled; remove ocsp_stapling",
                $"{_folder}/forward.toml:4:28: warning: certificate: \"lone.pem\" comes without its chain up to a root, so that nothing is stapled; add who issued it to the file, and the root if the system does not know that",
            ],
            result.Warnings.Select(warning => warning.ToString()));
        // With and without stapling the same files are two certificates.
        Assert.Equal(4, result.Config.Certificates.Count);
    }

    [Fact]
    public void Check_says_what_a_certificate_is_for_and_how_long()
    {
        var from = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var certificate = new ServerCertificate("site.pem", Authority.IssueEcdsa(from, from.AddDays(90), "a.example", "*.a.example"), []);

        Assert.Equal("site.pem: a.example, *.a.example; ECDSA P-256; expires 2026-04-01, days left: 89", CheckCommand.Describe(certificate, from.AddHours(1)));
        Assert.EndsWith("days left: -1", CheckCommand.Describe(certificate, from.AddDays(90.5)), StringComparison.Ordinal);
    }

    private TlsTermination Route(string tls) =>
        Assert.Single(Valid($"[[route]]\nhosts = [\"a.example\"]\nbackend = \"localhost:1\"\n{tls}\n").Routes).Tls!;

    private ForwarderConfig Valid(string text)
    {
        var result = Read(text);
        Assert.Empty(result.Errors);
        return result.Config!;
    }

    private ConfigResult Read(string text) => ConfigReader.Read(Listener + text, Path.Combine(_folder, "forward.toml"), _time);

    private void Write(string name, X509Certificate2 certificate) => certificate.WritePem(Path.Combine(_folder, $"{name}.pem"), Path.Combine(_folder, $"{name}.key"));
}
