using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using SniForward.Peeking;
using SniForward.Selecting;
using SniForward.Selecting.Health;
using SniForward.Selecting.Names;
using SniForward.Tests.EndToEnd;

namespace SniForward.Tests.Selecting;

/// <summary>What one check of one server does, and what it says of it.</summary>
public sealed class HealthProbeTests
{
    private static readonly HealthCheck Connects = new(
        TimeSpan.FromSeconds(5), TimeSpan.Zero, Patience.Limit, Tls: false, Path: null, Host: null, Statuses: [200]);

    private static readonly HealthCheck BeginsTls = Connects with { Tls = true };

    private static readonly HealthCheck Asks = Connects with { Path = "/healthz?full#1" };

    [Fact]
    public async Task A_server_that_takes_a_connection_passes_and_hears_nothing()
    {
        using var server = TestServer.Start();

        Assert.Null(await CheckAsync(Connects, server.Address, ProxyVersion.V2));

        using var accepted = await server.AcceptAsync();
        Assert.Empty(await accepted.ReadAllAsync());
    }

    [Fact]
    public async Task A_server_that_refuses_fails() =>
        Assert.Equal("connect: ConnectionRefused", await CheckAsync(Connects, new IPEndPoint(IPAddress.Loopback, TestServer.RefusingPort())));

    [Fact]
    public async Task A_server_on_a_unix_socket_is_checked_too()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("sniforward").FullName, "server.sock");
        using (HttpServer("200", new UnixDomainSocketEndPoint(path))) Assert.Null(await CheckAsync(Asks, new UnixDomainSocketEndPoint(path)));

        Assert.StartsWith("connect: ", await CheckAsync(Asks, new UnixDomainSocketEndPoint(path)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_address_of_a_name_is_enough()
    {
        using var server = TestServer.Start();

        Assert.Null(await CheckNameAsync(server.Port, IPAddress.IPv6Loopback, IPAddress.Loopback));
        Assert.Equal("connect: ConnectionRefused", await CheckNameAsync(TestServer.RefusingPort(), IPAddress.Loopback));
        Assert.Equal("connect: its name has no address", await CheckNameAsync(server.Port));
    }

    [Fact]
    public async Task An_address_that_does_not_answer_leaves_time_for_the_next()
    {
        using var deaf = DeafServer.Start();
        using var server = TestServer.Start(new IPEndPoint(IPAddress.Parse("127.0.0.2"), deaf.Port));

        Assert.Null(await CheckNameAsync(deaf.Port, IPAddress.Loopback, IPAddress.Parse("127.0.0.2")));
    }

    [Fact]
    public async Task What_takes_longer_than_a_check_may_has_failed()
    {
        using var deaf = DeafServer.Start();
        using var mute = TestServer.Start();

        Assert.Equal("timeout after 0.2s", await CheckAsync(Hasty(Connects), new IPEndPoint(IPAddress.Loopback, deaf.Port)));
        Assert.Equal("timeout after 0.2s", await CheckAsync(Hasty(BeginsTls), mute.Address));
        Assert.Equal("timeout after 0.2s", await CheckAsync(Hasty(Asks), mute.Address));

        static HealthCheck Hasty(HealthCheck check) => check with { Timeout = TimeSpan.FromMilliseconds(200) };
    }

    [Fact]
    public async Task A_server_that_begins_TLS_passes_whatever_its_certificate()
    {
        using var server = TlsServer.Start("somebody else");

        Assert.Null(await CheckAsync(BeginsTls, server.Address));
    }

    [Fact]
    public async Task A_server_that_does_not_speak_TLS_fails()
    {
        using var server = TestServer.Echo("SSH-2.0-none");

        Assert.StartsWith("TLS: ", await CheckAsync(BeginsTls, server.Address), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("app.example", "app.example")]
    [InlineData(null, null)]
    public async Task TLS_asks_for_the_name_and_for_none_if_there_is_but_an_address(string? host, string? asked)
    {
        using var server = TestServer.Start();
        var check = CheckAsync(BeginsTls with { Host = host }, server.Address);
        using var accepted = await server.AcceptAsync();
        var hello = new byte[4096];
        var length = await accepted.ReceiveAsync(hello, TestContext.Current.CancellationToken);
        accepted.Dispose();
        Assert.StartsWith("TLS: ", await check, StringComparison.Ordinal);

        var text = Encoding.Latin1.GetString(hello, 0, length);
        // server_name is extension 0, of a list of one host_name.
        if (asked is null) Assert.DoesNotContain("127.0.0.1", text, StringComparison.Ordinal);
        else Assert.Contains($"\0\0\0\x10\0\x0e\0\0\x0b{asked}", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("200", 200, null)]
    [InlineData("204", 204, null)]
    [InlineData("503", 200, "HTTP: status 503, not 200")]
    [InlineData("302 Found\r\nLocation: /other", 200, "HTTP: status 302, not 200")]
    [InlineData("302 Found\r\nLocation: /other", 302, null)]
    public async Task The_status_decides_and_no_redirect_is_followed(string answer, int wanted, string? failure)
    {
        using var server = HttpServer(answer);

        Assert.Equal(failure, await CheckAsync(Asks with { Statuses = [wanted] }, server.Address));
    }

    [Fact]
    public async Task The_request_is_what_the_configuration_says()
    {
        var heads = new List<string>();
        using var server = HttpServer("200", heads: heads);

        Assert.Null(await CheckAsync(Asks, server.Address));
        Assert.Null(await CheckAsync(Asks with { Host = "app.example" }, server.Address));

        Assert.Collection(
            heads,
            head => Assert.Equal($"GET /healthz?full#1 HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\nConnection: close\r\n\r\n", head),
            head => Assert.Equal("GET /healthz?full#1 HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n", head));
    }

    [Fact]
    public async Task Only_the_head_of_an_answer_is_waited_for()
    {
        var over = new TaskCompletionSource();
        using var server = TestServer.Start(async stream =>
        {
            await ReadHeadAsync(stream);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nbegun"u8.ToArray());
            await over.Task;
        });

        Assert.Null(await CheckAsync(Asks, server.Address));
        over.SetResult();
    }

    [Fact]
    public async Task What_does_not_answer_by_HTTP_fails_and_is_not_quoted()
    {
        using var other = TestServer.Start(stream => stream.WriteAsync("SSH-2.0-\u001b[2Jevil\r\n"u8.ToArray()).AsTask());
        using var closing = TestServer.Start(ReadHeadAsync);

        var failure = await CheckAsync(Asks, other.Address);
        Assert.StartsWith("HTTP: ", failure, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", failure, StringComparison.Ordinal);
        Assert.Equal("HTTP: ResponseEnded", await CheckAsync(Asks, closing.Address));
    }

    [Fact]
    public async Task HTTP_over_TLS_is_both()
    {
        using var certificate = TlsServer.SelfSigned("app.example");
        using var server = TestServer.Start(async stream =>
        {
            using var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificate = certificate, ApplicationProtocols = [SslApplicationProtocol.Http11] });
            await AnswerAsync(tls, "200", null);
        });

        Assert.Null(await CheckAsync(Asks with { Tls = true, Host = "app.example" }, server.Address));
        Assert.Equal("HTTP: status 200, not 204 or 404", await CheckAsync(Asks with { Tls = true, Statuses = [204, 404] }, server.Address));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_PROXY_header_that_names_nobody_goes_first(bool isBinary)
    {
        byte[] expected = isBinary ? [.. ProxyHeaderV2.Signature, 0x20, 0x00, 0x00, 0x00] : "PROXY UNKNOWN\r\n"u8.ToArray();
        using var server = TestServer.Start(async stream =>
        {
            var header = new byte[expected.Length];
            await stream.ReadExactlyAsync(header);
            await AnswerAsync(stream, header.SequenceEqual(expected) ? "200" : "400", null);
        });

        Assert.Null(await CheckAsync(Asks, server.Address, isBinary ? ProxyVersion.V2 : ProxyVersion.V1));
    }

    [Fact]
    public async Task A_check_that_is_stopped_ends()
    {
        using var mute = TestServer.Start();
        using var stop = new CancellationTokenSource();
        var check = new HealthProbe(Asks, mute.Address, addresses: null, ProxyVersion.Off, TimeProvider.System).RunAsync(stop.Token);
        using var accepted = await mute.AcceptAsync();

        await stop.CancelAsync();

        await check.InTimeAsync();
    }

    private static Task<string?> CheckNameAsync(int port, params IPAddress[] addresses)
    {
        var name = new DnsEndPoint("server.example", port);
        var resolved = new ResolvedName(name, _ => Task.FromResult(addresses), TimeSpan.FromHours(1), TimeProvider.System);
        return CheckAsync(Connects with { Timeout = TimeSpan.FromSeconds(2) }, name, ProxyVersion.Off, resolved);
    }

    private static async Task<string?> CheckAsync(
        HealthCheck check, EndPoint server, ProxyVersion proxy = ProxyVersion.Off, ResolvedName? addresses = null)
    {
        var probe = new HealthProbe(check, server, addresses, proxy, TimeProvider.System);
        var result = await probe.RunAsync(TestContext.Current.CancellationToken).InTimeAsync();
        Assert.True(result.IsServers);
        return result.Failure;
    }

    private static TestServer HttpServer(string answer, EndPoint? address = null, List<string>? heads = null) =>
        TestServer.Start(stream => AnswerAsync(stream, answer, heads), address);

    private static async Task AnswerAsync(Stream stream, string answer, List<string>? heads)
    {
        var head = await ReadHeadAsync(stream);
        heads?.Add(head);
        await stream.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n"));
    }

    private static async Task<string> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) > 0) head.Append((char)one[0]);
        return head.ToString();
    }
}
