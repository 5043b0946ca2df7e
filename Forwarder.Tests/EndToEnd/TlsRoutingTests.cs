using System.Net.Security;
using System.Security.Authentication;
using System.Text;

namespace SniForward.Tests.EndToEnd;

/// <summary>Real TLS handshakes, through the forwarder, with servers that each have their own certificate.</summary>
public abstract class TlsRoutingTests(Engine engine)
{
    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Each_name_reaches_the_server_with_its_certificate(SslProtocols version)
    {
        using var one = TlsServer.Start("one.example");
        using var two = TlsServer.Start("two.example");
        using var rest = TlsServer.Start("rest.example");
        await using var forwarder = engine.Start(Toml(one, two, rest));

        foreach (var (asked, certificate) in new[]
        {
            ("one.example", "one.example"), ("ONE.Example", "one.example"), ("two.example", "two.example"),
            ("a.b.two.example", "two.example"), ("other.example", "rest.example"),
        })
        {
            using var client = await TestClient.ConnectAsync(forwarder);
            using var tls = await client.StartTlsAsync(asked, version);

            Assert.Equal(version, tls.SslProtocol);
            Assert.Equal($"CN={certificate}", tls.RemoteCertificate!.Subject);
            Assert.Equal(certificate, await ExchangeAsync(tls));
        }
    }

    [Fact]
    public async Task A_client_without_SNI_reaches_the_default()
    {
        using var one = TlsServer.Start("one.example");
        using var rest = TlsServer.Start("rest.example");
        await using var forwarder = engine.Start(Toml(one, one, rest));

        using var client = await TestClient.ConnectAsync(forwarder);
        using var tls = await client.StartTlsAsync("127.0.0.1");

        Assert.Equal("CN=rest.example", tls.RemoteCertificate!.Subject);
        await ExchangeAsync(tls);
        client.Dispose();
        var line = await forwarder.NextAccessLineAsync();
        Assert.Equal("-", line.Name);
        Assert.Equal("default", line.Route);
        Assert.Equal("tls", line.Text("Protocol"));
    }

    [Fact]
    public async Task ALPN_chooses_the_route_and_is_negotiated_with_the_server_itself()
    {
        using var plain = TlsServer.Start("plain.example", SslApplicationProtocol.Http11);
        using var h2 = TlsServer.Start("h2.example", SslApplicationProtocol.Http2);
        await using var forwarder = engine.Start($"""
            [[listener]]
            bind = "127.0.0.1:0"
            [[route]]
            hosts = ["www.example"]
            backend = "127.0.0.1:{plain.Port}"
            [[route]]
            hosts = ["www.example"]
            alpn = ["h2"]
            backend = "127.0.0.1:{h2.Port}"
            """);

        using var modern = await TestClient.ConnectAsync(forwarder);
        using var modernTls = await modern.StartTlsAsync("www.example", SslProtocols.None, SslApplicationProtocol.Http2, SslApplicationProtocol.Http11);
        using var old = await TestClient.ConnectAsync(forwarder);
        using var oldTls = await old.StartTlsAsync("www.example", SslProtocols.None, SslApplicationProtocol.Http11);

        Assert.Equal("CN=h2.example", modernTls.RemoteCertificate!.Subject);
        Assert.Equal(SslApplicationProtocol.Http2, modernTls.NegotiatedApplicationProtocol);
        Assert.Equal("CN=plain.example", oldTls.RemoteCertificate!.Subject);
        Assert.Equal(SslApplicationProtocol.Http11, oldTls.NegotiatedApplicationProtocol);
        modern.Dispose();
        Assert.Equal("h2,http/1.1", (await forwarder.NextAccessLineAsync()).Text("Alpn"));
    }

    private static string Toml(TestServer one, TestServer two, TestServer rest) => $"""
        [[listener]]
        bind = "127.0.0.1:0"
        [[route]]
        hosts = ["one.example"]
        backend = "127.0.0.1:{one.Port}"
        [[route]]
        hosts = ["two.example", "*.two.example"]
        backend = "127.0.0.1:{two.Port}"
        [default]
        backend = "127.0.0.1:{rest.Port}"
        """;

    /// <summary>Sends something and returns the server's name, once what was sent has come back.</summary>
    private static async Task<string> ExchangeAsync(SslStream tls)
    {
        await tls.WriteAsync("ping\n"u8.ToArray(), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(tls, Encoding.ASCII, leaveOpen: true);
        var name = await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().InTimeAsync();
        Assert.Equal("ping", await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().InTimeAsync());
        return name!;
    }
}

public sealed class TlsRoutingTestsOnEpoll() : TlsRoutingTests(Engine.Epoll);

public sealed class TlsRoutingTestsOnSockets() : TlsRoutingTests(Engine.Sockets);
