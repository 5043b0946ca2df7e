using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SniForward.Startup.Configuration;
using SniForward.Tests.Securing;

namespace SniForward.Tests.EndToEnd;

/// <summary>TLS that ends here, route by route beside TLS that is passed through, and TLS that begins here to servers.</summary>
public abstract class TerminationTests : IDisposable
{
    private const string Request = "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n";

    // The object identifiers of the two kinds of key.
    private const string Rsa = "1.2.840.113549.1.1.1";
    private const string Ecdsa = "1.2.840.10045.2.1";

    private static readonly TestAuthority Authority = new();

    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;
    private readonly Engine _engine;

    protected TerminationTests(Engine engine)
    {
        _engine = engine;
        Authority.IssueEcdsa("app.example", "*.app.example", "other.example").WritePem(PathOf("own.pem"), PathOf("own.key"));
        File.WriteAllText(PathOf("ca.pem"), Authority.Root.ExportCertificatePem() + "\n" + Authority.Intermediate.ExportCertificatePem());
        File.AppendAllText(PathOf("own.pem"), "\n" + Authority.Intermediate.ExportCertificatePem());
    }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task The_server_gets_in_the_clear_what_the_client_sends_in_TLS()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server.Port);
        using var client = await TestClient.ConnectAsync(forwarder);

        await using var tls = await StartTlsAsync(client, "app.example");
        await tls.WriteAsync(Encoding.ASCII.GetBytes(Request), TestContext.Current.CancellationToken);
        using var accepted = await server.AcceptAsync();
        await tls.ShutdownAsync();
        Assert.Equal(Request, await accepted.ReadAllTextAsync());
        await accepted.SendLastAsync("the answer");

        using var reader = new StreamReader(tls, Encoding.ASCII, leaveOpen: true);
        Assert.Equal("the answer", await reader.ReadToEndAsync(TestContext.Current.CancellationToken).InTimeAsync());
        Assert.Equal(SslApplicationProtocol.Http11, tls.NegotiatedApplicationProtocol);
        var line = await forwarder.NextAccessLineAsync();
        Assert.Equal(("completed", "tls", "app.example", Request.Length, 10L), (line.End, line.Text("Protocol"), line.Name, line.BytesUp, line.BytesDown));
        Assert.Equal("TLSv1.3", line.Text("tls"));
    }

    [Fact]
    public async Task Other_routes_of_the_same_port_pass_TLS_through()
    {
        using var passed = TlsServer.Start("passed.example");
        using var server = TestServer.Echo("clear");
        await using var forwarder = Start(server.Port, more: $"[[route]]\nhosts = [\"passed.example\"]\nbackend = \"127.0.0.1:{passed.Port}\"");
        using var client = await TestClient.ConnectAsync(forwarder);

        await using var tls = await client.StartTlsAsync("passed.example");

        Assert.Equal("CN=passed.example", tls.RemoteCertificate!.Subject);
    }

    [Theory]
    [InlineData("other.example", "421")]
    [InlineData("nowhere.example", "421")]
    [InlineData("www.app.example", "200")]
    [InlineData("APP.example.", "200")]
    [InlineData("a b", "400")]
    public async Task A_request_for_another_routes_host_is_misdirected(string host, string status)
    {
        using var server = TestServer.Start(Ok);
        await using var forwarder = Start(server.Port, more: $"[[route]]\nhosts = [\"other.example\"]\nbackend = \"127.0.0.1:{server.Port}\"\ntls = {{ certificate = \"{PathOf("own.pem")}\", key = \"{PathOf("own.key")}\" }}");

        Assert.StartsWith($"HTTP/1.1 {status} ", await AskAsync(forwarder, "app.example", host), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whatever_it_is_is_passed_on_if_the_host_need_not_match()
    {
        using var server = TestServer.Start(Ok);
        await using var forwarder = Start(server.Port, tls: ", host_must_match = false");

        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync(forwarder, "app.example", "nowhere.example"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_waits_for_a_server_leaves_by_a_reset_and_not_by_ending_its_side(bool resets)
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(0, backend: $"servers = [\"127.0.0.1:{server.Port}\"]\nmax_connections = 1\nqueue = 1\nqueue_timeout = \"1h\"");
        using var first = await TestClient.ConnectAsync(forwarder);
        await using var served = await StartTlsAsync(first, "app.example");
        await served.WriteAsync(Encoding.ASCII.GetBytes(Request), TestContext.Current.CancellationToken);
        using var accepted = await server.AcceptAsync();
        using var second = await TestClient.ConnectAsync(forwarder);
        var waiting = await StartTlsAsync(second, "app.example");
        await waiting.WriteAsync(Encoding.ASCII.GetBytes(Request), TestContext.Current.CancellationToken);
        Assert.True(SpinWait.SpinUntil(() => forwarder.Forwarder.Backends[0].Line!.Count == 1, Patience.Limit));

        if (resets)
        {
            second.Reset();
            Assert.Equal("client_left", (await forwarder.NextAccessLineAsync()).End);
            return;
        }
        await waiting.ShutdownAsync();
        second.EndSending();
        first.Reset();
        using var next = await server.AcceptAsync();
        Assert.Equal(Request, await next.ReadAllTextAsync());
    }

    [Fact]
    public async Task A_refusal_is_told_inside_TLS()
    {
        await using var forwarder = Start(TestServer.RefusingPort());

        Assert.StartsWith("HTTP/1.1 502 ", await AskAsync(forwarder, "app.example", "app.example"), StringComparison.Ordinal);
        Assert.Equal("backend_unreachable", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_client_shows_its_certificate_where_it_must()
    {
        using var server = TestServer.Start(Ok);
        await using var forwarder = Start(server.Port, tls: $", client_ca = \"{PathOf("ca.pem")}\"");

        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync(forwarder, "app.example", "app.example", Authority.IssueEcdsa("a client")), StringComparison.Ordinal);
        Assert.Equal(@"CN=a\x20client", (await forwarder.NextAccessLineAsync()).Text("Subject"));
        foreach (var wrong in new[] { null, new TestAuthority("another").IssueEcdsa("a client") })
        {
            Assert.Equal("", await AskInVainAsync(forwarder, wrong));
            Assert.Equal("tls_failed", (await forwarder.NextAccessLineAsync()).End);
        }
    }

    [Fact]
    public async Task What_is_cut_off_is_passed_on_as_a_reset()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server.Port);
        using var client = await TestClient.ConnectAsync(forwarder);
        await using var tls = await StartTlsAsync(client, "app.example");
        await tls.WriteAsync(Encoding.ASCII.GetBytes(Request), TestContext.Current.CancellationToken);
        using var accepted = await server.AcceptAsync();
        Assert.Equal(Request.Length, await accepted.ReceiveAsync(new byte[1000], System.Net.Sockets.SocketFlags.None, TestContext.Current.CancellationToken).AsTask().InTimeAsync());

        // A FIN, without close_notify.
        client.EndSending();

        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => accepted.ReadAllTextAsync());
        Assert.Equal("client_reset", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task Megabytes_arrive_whole_both_ways_with_TLS_on_both_sides()
    {
        const int Size = 32 << 20;
        using var server = TestServer.Start(async stream =>
        {
            using var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(Authority.IssueEcdsa("inner.example"), [Authority.Intermediate], offline: true) });
            await tls.CopyToAsync(tls);
            await tls.ShutdownAsync();
        });
        await using var forwarder = Start(0, tls: ", host_must_match = false", backend: $"servers = [\"127.0.0.1:{server.Port}\"]\ntls = {{ ca = \"{PathOf("ca.pem")}\", server_name = \"inner.example\" }}");
        using var client = await TestClient.ConnectAsync(forwarder);
        await using var tls = await StartTlsAsync(client, "app.example");
        var sent = new byte[Size];
        Random.Shared.NextBytes(sent);

        // SslStream must not be shut down while it is read.
        var sending = tls.WriteAsync(sent, TestContext.Current.CancellationToken).AsTask();
        var received = new byte[Size];
        await tls.ReadExactlyAsync(received, TestContext.Current.CancellationToken).AsTask().InTimeAsync();
        await sending.InTimeAsync();
        await tls.ShutdownAsync();
        Assert.Equal(0, await tls.ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask().InTimeAsync());

        Assert.Equal(SHA256.HashData(sent), SHA256.HashData(received));
        var line = await forwarder.NextAccessLineAsync();
        Assert.Equal(("completed", (long)Size, (long)Size), (line.End, line.BytesUp, line.BytesDown));
    }

    [Fact]
    public async Task A_server_that_is_not_who_it_should_be_gets_nothing()
    {
        using var server = TlsServer.Start("inner.example");
        await using var forwarder = Start(0, backend: $"servers = [\"127.0.0.1:{server.Port}\"]\ntls = {{ ca = \"{PathOf("ca.pem")}\", server_name = \"inner.example\" }}");

        Assert.StartsWith("HTTP/1.1 502 ", await AskAsync(forwarder, "app.example", "app.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handshakes_and_open_connections_go_on_while_it_is_reloaded_with_one_certificate_and_another()
    {
        using var server = TestServer.Echo("clear");
        Authority.IssueRsa("app.example", "*.app.example").WritePem(PathOf("next.pem"), PathOf("next.key"));
        await File.AppendAllTextAsync(PathOf("next.pem"), "\n" + Authority.Intermediate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        var toml = $"{_engine.Line()}\n{Toml(server.Port)}";
        var (own, next) = (ConfigReader.Read(toml, "test.toml").Config!, ConfigReader.Read(toml.Replace("own.", "next.", StringComparison.Ordinal), "test.toml").Config!);
        await using var forwarder = TestForwarder.Start(toml);
        using var client = await TestClient.ConnectAsync(forwarder);
        await using var open = await StartTlsAsync(client, "app.example");
        await EchoAsync(open, Request, "clear\n");
        using var done = new CancellationTokenSource();
        var shown = Task.Run(async () =>
        {
            var keys = new HashSet<string>();
            while (!done.IsCancellationRequested)
            {
                using var each = await TestClient.ConnectAsync(forwarder);
                await using var tls = await StartTlsAsync(each, "app.example");
                await EchoAsync(tls, Request, "clear\n");
                keys.Add(tls.RemoteCertificate!.GetKeyAlgorithm());
            }
            return keys;
        });

        for (var i = 0; i < 30; i++)
        {
            forwarder.Forwarder.Reload(i % 2 == 0 ? next : own);
            await EchoAsync(open, "x");
            using var each = await TestClient.ConnectAsync(forwarder);
            await using var tls = await StartTlsAsync(each, "app.example");
            Assert.Equal(i % 2 == 0 ? Rsa : Ecdsa, tls.RemoteCertificate!.GetKeyAlgorithm());
        }
        await done.CancelAsync();

        Assert.Subset(new HashSet<string> { Rsa, Ecdsa }, await shown.InTimeAsync());

        static async Task EchoAsync(SslStream tls, string text, string before = "")
        {
            await tls.WriteAsync(Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);
            var answer = new byte[before.Length + text.Length];
            await tls.ReadExactlyAsync(answer, TestContext.Current.CancellationToken).AsTask().InTimeAsync();
            Assert.Equal(before + text, Encoding.ASCII.GetString(answer));
        }
    }

    private static Task Ok(System.Net.Sockets.NetworkStream stream) =>
        stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray()).AsTask();

    private TestForwarder Start(int port, string tls = "", string more = "", string? backend = null) => _engine.Start(Toml(port, tls, more, backend));

    private string Toml(int port, string tls = "", string more = "", string? backend = null) => $$"""
        [[listener]]
        bind = "127.0.0.1:0"
        [[route]]
        hosts = ["app.example", "*.app.example"]
        tls = { certificate = "{{PathOf("own.pem")}}", key = "{{PathOf("own.key")}}"{{tls}} }
        backend = "{{(backend is null ? $"127.0.0.1:{port}" : "named")}}"
        {{more}}
        {{(backend is null ? "" : "[backend.named]\n" + backend)}}
        """;

    private string PathOf(string file) => Path.Combine(_folder, file);

    private static async Task<string> AskAsync(TestForwarder forwarder, string name, string host, X509Certificate2? certificate = null)
    {
        using var client = await TestClient.ConnectAsync(forwarder);
        await using var tls = await StartTlsAsync(client, name, certificate);
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(tls, Encoding.ASCII, leaveOpen: true);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken).InTimeAsync();
    }

    /// <summary>The answer to a client that is to have none; that it is cut off is one, too.</summary>
    private static async Task<string> AskInVainAsync(TestForwarder forwarder, X509Certificate2? certificate)
    {
        try
        {
            return await AskAsync(forwarder, "app.example", "app.example", certificate);
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>A handshake of a client that trusts the authority and checks the name.</summary>
    private static async Task<SslStream> StartTlsAsync(TestClient client, string name, X509Certificate2? certificate = null)
    {
        var tls = new SslStream(client.Stream, leaveInnerStreamOpen: true);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(Authority.Root);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = name,
            CertificateChainPolicy = policy,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, [Authority.Intermediate], offline: true),
        };
        await tls.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken).InTimeAsync();
        return tls;
    }
}

public sealed class TerminationTestsOnEpoll() : TerminationTests(Engine.Epoll);

public sealed class TerminationTestsOnSockets() : TerminationTests(Engine.Sockets);
