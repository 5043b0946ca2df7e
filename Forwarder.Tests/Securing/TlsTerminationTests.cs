using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using SniForward.Peeking;
using SniForward.Securing;

namespace SniForward.Tests.Securing;

public sealed class TlsTerminationTests
{
    private const string Name = "a.example";

    private static readonly TestAuthority Authority = new();
    private static readonly TestAuthority Clients = new("clients");
    private static readonly ServerCertificate Rsa = Authority.Rsa(Name);
    private static readonly ServerCertificate Ecdsa = Authority.Ecdsa(Name);
    private static readonly CertificateStore Store = new([Rsa, Ecdsa]);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_gets_the_kind_of_certificate_that_it_can_check_and_its_whole_chain(bool offersEcdsa)
    {
        using var handshake = await RunAsync(new TlsTermination(Store), Client(), offersEcdsa);

        Assert.True(handshake.Succeeded);
        using var certificate = new X509Certificate2(handshake.Client.RemoteCertificate!);
        Assert.Equal((offersEcdsa ? Ecdsa : Rsa).Context.TargetCertificate.Thumbprint, certificate.Thumbprint);
    }

    [Fact]
    public void Options_are_made_once_for_each_certificate()
    {
        var termination = new TlsTermination(Store) { Alpn = [SslApplicationProtocol.Http11] };
        var rsa = termination.OptionsFor(Name, default);

        Assert.Same(rsa, termination.OptionsFor("b.example", default));
        Assert.NotSame(rsa, termination.OptionsFor(Name, new TlsOffer(Ecdsa: true)));
        Allocations.AssertNone(() => termination.OptionsFor(Name, new TlsOffer(Ecdsa: true)));
    }

    [Fact]
    public async Task Versions_below_the_least_are_refused()
    {
        var client = Client();
        client.EnabledSslProtocols = SslProtocols.Tls12;
        using var refused = await RunAsync(new TlsTermination(Store) { Protocols = SslProtocols.Tls13 }, client);
        using var taken = await RunAsync(new TlsTermination(Store), client);

        Assert.NotNull(refused.ServerError);
        Assert.NotNull(refused.ClientError);
        Assert.Equal(SslProtocols.Tls12, taken.Client.SslProtocol);
    }

    [Fact]
    public async Task The_first_protocol_of_the_server_that_the_client_offers_is_spoken()
    {
        var termination = new TlsTermination(Store) { Alpn = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] };

        using var handshake = await RunAsync(termination, Client(SslApplicationProtocol.Http11, SslApplicationProtocol.Http2));
        using var without = await RunAsync(termination, Client());

        Assert.Equal(SslApplicationProtocol.Http2, handshake.Server.NegotiatedApplicationProtocol);
        Assert.Equal(SslApplicationProtocol.Http2, handshake.Client.NegotiatedApplicationProtocol);
        Assert.True(without.Succeeded);
        Assert.True(without.Server.NegotiatedApplicationProtocol.Protocol.IsEmpty);
    }

    [Fact]
    public async Task A_client_without_a_protocol_in_common_is_told_so()
    {
        var termination = new TlsTermination(Store) { Alpn = [SslApplicationProtocol.Http11] };

        using var handshake = await RunAsync(termination, Client(SslApplicationProtocol.Http2));

        Assert.NotNull(handshake.ServerError);
        Assert.Contains("no application protocol", handshake.ClientError!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("clients", true, true)]
    [InlineData("others", false, false)]
    [InlineData("nobody", true, false)]
    public async Task Clients_are_asked_for_a_certificate_that_must_be_good_or_that_they_must_have(string who, bool requested, bool required)
    {
        using var request = await RunAsync(new TlsTermination(Store, [Clients.Root]) { ClientAuth = ClientAuth.Request }, ClientOf(who));
        using var require = await RunAsync(new TlsTermination(Store, [Clients.Root]) { ClientAuth = ClientAuth.Require }, ClientOf(who));

        Assert.Equal((requested, required), (request.Succeeded, require.Succeeded));
        Assert.Equal(required, require.ServerError is null);
        if (required) Assert.NotNull(require.Server.RemoteCertificate);
    }

    [Fact]
    public async Task An_intermediate_among_the_authorities_is_used_when_the_client_does_not_send_it()
    {
        var client = Client();
        client.ClientCertificateContext = SslStreamCertificateContext.Create(Clients.IssueEcdsa("somebody"), null, offline: true);

        using var without = await RunAsync(new TlsTermination(Store, [Clients.Root]) { ClientAuth = ClientAuth.Require }, client);
        using var with = await RunAsync(new TlsTermination(Store, [Clients.Intermediate, Clients.Root]) { ClientAuth = ClientAuth.Require }, client);

        Assert.False(without.Succeeded);
        Assert.True(with.Succeeded);
    }

    [Fact]
    public async Task A_session_of_a_route_for_anybody_opens_none_that_asks_for_a_certificate()
    {
        var (open, closed) = (new TlsTermination(Store), new TlsTermination(Store, [Clients.Root]) { ClientAuth = ClientAuth.Require });
        // The same options, so that the client has the session of the first to offer.
        var client = Client();
        using var first = await RunAsync(open, client);
        using var second = await RunAsync(closed, client);

        Assert.True(first.Succeeded);
        Assert.NotNull(second.ServerError);
    }

    [Fact]
    public async Task A_session_of_one_authority_opens_no_route_of_another()
    {
        var others = new TestAuthority("others");
        var client = ClientOf("clients");
        using var first = await RunAsync(new TlsTermination(Store, [Clients.Root]) { ClientAuth = ClientAuth.Require }, client);
        using var second = await RunAsync(new TlsTermination(Store, [others.Root]) { ClientAuth = ClientAuth.Require }, client);

        Assert.True(first.Succeeded);
        Assert.NotNull(second.ServerError);
    }

    private static Task<Handshake> RunAsync(TlsTermination termination, SslClientAuthenticationOptions client, bool offersEcdsa = true) =>
        Handshake.RunAsync(termination.OptionsFor(client.TargetHost, new TlsOffer(Ecdsa: offersEcdsa)), client);

    private static SslClientAuthenticationOptions ClientOf(string who)
    {
        var client = Client();
        if (who != "nobody")
        {
            var authority = who == "clients" ? Clients : new TestAuthority(who);
            client.ClientCertificateContext = SslStreamCertificateContext.Create(authority.IssueEcdsa("somebody"), [authority.Intermediate], offline: true);
        }
        return client;
    }

    private static SslClientAuthenticationOptions Client(params SslApplicationProtocol[] alpn)
    {
        var client = new TlsOrigination([Authority.Root]).OptionsFor(Name);
        if (alpn.Length > 0) client.ApplicationProtocols = [.. alpn];
        return client;
    }
}
