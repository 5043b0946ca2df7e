using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using SniForward.Peeking;
using SniForward.Securing;

namespace SniForward.Tests.Securing;

public sealed class TlsOriginationTests
{
    private static readonly TestAuthority Authority = new();

    [Theory]
    [InlineData("a.example", true)]
    [InlineData("x.b.example", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("b.example", false)]
    [InlineData("127.0.0.2", false)]
    public async Task A_server_must_have_a_certificate_for_its_host(string host, bool isGood)
    {
        using var handshake = await RunAsync(new TlsOrigination([Authority.Root]), host);

        Assert.Equal(isGood, handshake.ClientError is null);
    }

    [Fact]
    public async Task A_server_name_stands_for_the_host()
    {
        using var good = await RunAsync(new TlsOrigination([Authority.Root]) { ServerName = "a.example" }, "127.0.0.9");
        using var bad = await RunAsync(new TlsOrigination([Authority.Root]) { ServerName = "c.example" }, "a.example");

        Assert.True(good.Succeeded);
        Assert.Equal("a.example", good.Server.TargetHostName);
        Assert.NotNull(bad.ClientError);
    }

    [Fact]
    public async Task Without_authorities_those_of_the_system_count()
    {
        using var handshake = await RunAsync(new TlsOrigination(), "a.example");

        Assert.NotNull(handshake.ClientError);
    }

    [Fact]
    public async Task A_server_that_need_not_prove_anything_may_be_anybody()
    {
        using var handshake = await RunAsync(new TlsOrigination { Verify = false }, "c.example");

        Assert.True(handshake.Succeeded);
    }

    [Fact]
    public async Task An_expired_certificate_is_refused()
    {
        var expired = Authority.IssueEcdsa(DateTimeOffset.UtcNow.AddDays(-9), DateTimeOffset.UtcNow.AddDays(-1), "a.example");
        using var handshake = await Handshake.RunAsync(
            new TlsTermination(new CertificateStore([new ServerCertificate("", expired, [Authority.Intermediate])])).OptionsFor("", new TlsOffer(Ecdsa: true)),
            new TlsOrigination([Authority.Root]).OptionsFor("a.example"));

        Assert.NotNull(handshake.ClientError);
    }

    [Fact]
    public async Task The_client_certificate_and_the_protocol_are_shown()
    {
        var clients = new TestAuthority("clients");
        var own = clients.Ecdsa("forwarder");
        var termination = new TlsTermination(NewStore(), [clients.Root]) { ClientAuth = ClientAuth.Require, Alpn = [SslApplicationProtocol.Http2] };

        using var handshake = await Handshake.RunAsync(
            termination.OptionsFor("", new TlsOffer(Ecdsa: true)),
            new TlsOrigination([Authority.Root]) { ClientCertificate = own }.OptionsFor("a.example", SslApplicationProtocol.Http2));

        Assert.True(handshake.Succeeded);
        using var shown = new X509Certificate2(handshake.Server.RemoteCertificate!);
        Assert.Equal(own.Context.TargetCertificate.Thumbprint, shown.Thumbprint);
        Assert.Equal(SslApplicationProtocol.Http2, handshake.Server.NegotiatedApplicationProtocol);
    }

    private static Task<Handshake> RunAsync(TlsOrigination origination, string host) =>
        Handshake.RunAsync(new TlsTermination(NewStore()).OptionsFor("", new TlsOffer(Ecdsa: true)), origination.OptionsFor(host));

    private static CertificateStore NewStore() => new([Authority.Ecdsa("a.example", "*.b.example", "127.0.0.1")]);
}
