using System.Net.Security;
using System.Text;
using SniForward.Tests.Securing;

namespace SniForward.Tests.EndToEnd;

/// <summary>Requests inside TLS that ends here: each is routed by itself, and none reaches a route that its handshake was not for.</summary>
public abstract class RequestTlsTests : IDisposable
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static readonly TestAuthority Authority = new();

    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;
    private readonly Engine _engine;

    protected RequestTlsTests(Engine engine)
    {
        _engine = engine;
        Authority.IssueEcdsa("a.example", "b.example", "c.example").WritePem(PathOf("own.pem"), PathOf("own.key"));
        File.WriteAllText(PathOf("ca.pem"), Authority.Root.ExportCertificatePem() + "\n" + Authority.Intermediate.ExportCertificatePem());
    }

    [Fact]
    public async Task Requests_are_exchanged_inside_TLS()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server.Port, server.Port, "forwarded = \"x-forwarded\"");
        using var client = await TestClient.ConnectAsync(forwarder);
        await using var tls = await client.StartTlsAsync("a.example");
        Wire? wire = null;

        for (var i = 0; i < 3; i++)
        {
            await SendAsync(tls, $"POST /{i} HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2\r\n\r\nab");
            wire ??= await Wire.AcceptAsync(server);
            await wire.ExpectAsync($"POST /{i} HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: a.example\r\n\r\nab");
            await wire.SendAsync(Ok);
            Assert.Equal(Ok, await ReadAsync(tls, Ok.Length));
            var line = await forwarder.NextAccessLineAsync();
            Assert.Equal(("TLSv1.3", $"/{i}", "200"), (line.Text("tls"), line.Text("target"), line.Text("status")));
        }
        await tls.ShutdownAsync();
        Assert.Equal("", await wire!.ReadToEndAsync());
        wire.Dispose();
    }

    [Theory]
    [InlineData(true, "b.example", "421")]
    [InlineData(true, "nowhere.example", "421")]
    [InlineData(false, "b.example", "200")]
    [InlineData(false, "c.example", "421")]
    [InlineData(false, "clear.example", "421")]
    public async Task A_request_reaches_another_route_only_if_it_may(bool mustMatch, string host, string status)
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server.Port, server.Port, tls: mustMatch ? "" : ", host_must_match = false");
        using var client = await TestClient.ConnectAsync(forwarder);
        await using var tls = await client.StartTlsAsync("a.example");

        // The first is right, as a browser's that goes on with another name of the same certificate.
        await SendAsync(tls, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        using var wire = await Wire.AcceptAsync(server);
        await wire.ReadHeadAsync();
        await wire.SendAsync(Ok);
        await ReadAsync(tls, Ok.Length);
        await SendAsync(tls, $"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        if (status == "200")
        {
            using var other = await Wire.AcceptAsync(server);
            await other.ReadHeadAsync();
            await other.SendAsync(Ok);
        }

        Assert.Equal($"HTTP/1.1 {status} ", await ReadAsync(tls, "HTTP/1.1 200 ".Length));
    }

    [Fact]
    public async Task Of_TLS_only_an_answer_that_is_whole_ends_in_order()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server.Port, server.Port);
        using var client = await TestClient.ConnectAsync(forwarder);
        await using var tls = await client.StartTlsAsync("a.example");

        await SendAsync(tls, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        using var wire = await Wire.AcceptAsync(server);
        await wire.ReadHeadAsync();
        await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nab");
        await ReadAsync(tls, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nab".Length);
        wire.EndSending();

        var cut = await Assert.ThrowsAsync<IOException>(() => ReadAsync(tls, 1));
        Assert.IsType<System.Net.Sockets.SocketException>(cut.InnerException);
    }

    [Fact]
    public async Task An_upgrade_inside_TLS_is_spliced()
    {
        const string request = "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
        const string answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
        using var server = TestServer.Start();
        await using var forwarder = Start(server.Port, server.Port);
        using var client = await TestClient.ConnectAsync(forwarder);
        await using var tls = await client.StartTlsAsync("a.example");

        await SendAsync(tls, request);
        using var wire = await Wire.AcceptAsync(server);
        await wire.ExpectAsync(request);
        await wire.SendAsync(answer + "hello");
        Assert.Equal(answer + "hello", await ReadAsync(tls, answer.Length + 5));
        await SendAsync(tls, "raw");
        await wire.ExpectAsync("raw");
        await tls.ShutdownAsync();
        Assert.Equal("", await wire.ReadToEndAsync());
    }

    [Fact]
    public async Task A_server_behind_TLS_is_kept_and_its_end_heard_of()
    {
        using var server = TlsServer.Start("a.example");
        await using var forwarder = _engine.Start($$"""
            [[listener]]
            bind = "127.0.0.1:0"
            http_routing = "request"
            default = "b"
            [backend.b]
            servers = ["127.0.0.1:{{server.Port}}"]
            tls = { verify = false }
            """);
        using var client = await Wire.ConnectAsync(forwarder);

        await client.SendAsync("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");

        // What it answers is no HTTP, but the name that it was asked by.
        Assert.StartsWith("HTTP/1.1 502 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    private static async Task SendAsync(SslStream tls, string text) =>
        await tls.WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken).AsTask().InTimeAsync();

    private static async Task<string> ReadAsync(SslStream tls, int count)
    {
        var bytes = new byte[count];
        await tls.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken).AsTask().InTimeAsync();
        return Encoding.Latin1.GetString(bytes);
    }

    private string PathOf(string file) => Path.Combine(_folder, file);

    private TestForwarder Start(int first, int second, string listener = "", string tls = "")
    {
        var pair = $"certificate = \"{PathOf("own.pem")}\", key = \"{PathOf("own.key")}\"";
        return _engine.Start($$"""
            [[listener]]
            bind = "127.0.0.1:0"
            http_routing = "request"
            {{listener}}
            [[route]]
            hosts = ["a.example"]
            tls = { {{pair}}{{tls}} }
            backend = "127.0.0.1:{{first}}"
            [[route]]
            hosts = ["b.example"]
            tls = { {{pair}} }
            backend = "127.0.0.1:{{second}}"
            [[route]]
            hosts = ["c.example"]
            tls = { {{pair}}, client_ca = "{{PathOf("ca.pem")}}" }
            backend = "127.0.0.1:{{second}}"
            [[route]]
            hosts = ["clear.example"]
            backend = "127.0.0.1:{{second}}"
            """);
    }
}

public sealed class RequestTlsTestsOnEpoll() : RequestTlsTests(Engine.Epoll);

public sealed class RequestTlsTestsOnSockets() : RequestTlsTests(Engine.Sockets);
