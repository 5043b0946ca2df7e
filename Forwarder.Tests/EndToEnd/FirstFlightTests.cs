using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using SniForward.Tests.Peeking;

namespace SniForward.Tests.EndToEnd;

/// <summary>First flights of every shape reach the right server, as they were sent.</summary>
public abstract class FirstFlightTests(Engine engine)
{
    public static TheoryData<string> RecordedHellos() =>
        [.. Directory.EnumerateFiles(HelloFolder, "*.bin").Select(file => Path.GetFileName(file))];

    private static string HelloFolder => Path.Combine(AppContext.BaseDirectory, "Peeking", "Hellos");

    [Theory]
    [InlineData(SslProtocols.Tls12, 50, 7)]
    [InlineData(SslProtocols.Tls13, 50, 7)]
    [InlineData(SslProtocols.Tls13, 1, 1)]
    [InlineData(SslProtocols.Tls13, 16_384, 1)]
    public async Task A_handshake_whose_hello_comes_in_many_records_and_segments_succeeds(SslProtocols version, int fragmentSize, int segmentSize)
    {
        using var server = TlsServer.Start("split.example");
        await using var forwarder = Start("split.example", server);
        using var client = await TestClient.ConnectAsync(forwarder);
        client.Socket.NoDelay = true;

#pragma warning disable CA5359 // The test looks at the certificate itself.
        using var tls = new SslStream(new SplittingStream(client.Stream, fragmentSize, segmentSize), leaveInnerStreamOpen: true, (_, _, _, _) => true);
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "split.example", EnabledSslProtocols = version },
            TestContext.Current.CancellationToken).InTimeAsync();

        Assert.Equal("CN=split.example", tls.RemoteCertificate!.Subject);
    }

    [Theory]
    [MemberData(nameof(RecordedHellos))]
    public async Task The_hello_of_a_real_client_arrives_as_it_was_sent(string file)
    {
        using var server = TestServer.Start();
        await using var forwarder = Start("*.example.com", server, withDefault: true);
        var hello = await File.ReadAllBytesAsync(Path.Combine(HelloFolder, file), TestContext.Current.CancellationToken);

        await AssertPassesAsync(forwarder, server, hello);
    }

    [Theory]
    [InlineData(true, "t13d1517h2_8daaf6152771_cb7bf5808d99")]
    [InlineData(false, "-")]
    public async Task The_fingerprint_of_a_TLS_client_is_logged_if_it_is_asked_for(bool isAsked, string expected)
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start($"""
            [[listener]]
            bind = "127.0.0.1:0"
            [default]
            backend = "127.0.0.1:{server.Port}"
            [log]
            ja4 = {(isAsked ? "true" : "false")}
            """);

        await AssertPassesAsync(forwarder, server, await File.ReadAllBytesAsync(Path.Combine(HelloFolder, "chromium.bin"), TestContext.Current.CancellationToken));
        Assert.Equal(expected, (await forwarder.NextAccessLineAsync()).Text("Ja4"));
    }

    [Fact]
    public async Task A_post_quantum_hello_in_three_records_arrives_as_it_was_sent()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start("pq.example", server);

        await AssertPassesAsync(forwarder, server, HelloBuilder.Modern("pq.example").Records(600, 600, 16_384));
        var line = await forwarder.NextAccessLineAsync();
        Assert.Equal("pq.example", line.Name);
        Assert.Equal("true", line.Text("Ech"));
    }

    [Fact]
    public async Task A_hello_of_almost_64_KiB_arrives_as_it_was_sent()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start("large.example", server);
        var hello = HelloBuilder.For("large.example") with
        {
            Extensions = [HelloBuilder.Padding(62_000), HelloBuilder.SessionTicket(3_000), HelloBuilder.ServerName("large.example")],
        };

        await AssertPassesAsync(forwarder, server, hello.Records());
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: www.example\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nhOsT:\t WWW.Example.:8080 \r\nAccept: */*\r\n\r\nand a body")]
    [InlineData("GET / HTTP/1.0\r\nHost: www.example\r\n\r\n")]
    [InlineData("GET http://www.example/path HTTP/1.1\r\nHost: www.example\r\n\r\n")]
    [InlineData("GET http://www.example:80/ HTTP/1.0\r\n\r\n")]
    [InlineData("CONNECT www.example:443 HTTP/1.1\r\nHost: www.example:443\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: www.example\r\n\r\n")]
    [InlineData("BREW /pot HTTP/1.1\r\nHost: www.example\r\n\r\n")]
    [InlineData("\r\n\r\nGET / HTTP/1.1\nHost: www.example\n\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: 192.0.2.1:8080\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: [2001:DB8::1]\r\n\r\n")]
    public async Task An_HTTP_head_arrives_as_it_was_sent(string head)
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start($"""
            [[listener]]
            bind = "127.0.0.1:0"
            [[route]]
            hosts = ["www.example", "192.0.2.1", "2001:db8::1"]
            backend = "127.0.0.1:{server.Port}"
            """);

        await AssertPassesAsync(forwarder, server, Encoding.Latin1.GetBytes(head));
    }

    private TestForwarder Start(string host, TestServer server, bool withDefault = false) => engine.Start($"""
        [[listener]]
        bind = "127.0.0.1:0"
        [[route]]
        hosts = ["{host}"]
        backend = "127.0.0.1:{server.Port}"
        {(withDefault ? $"[default]\nbackend = \"127.0.0.1:{server.Port}\"" : "")}
        """);

    private static async Task AssertPassesAsync(TestForwarder forwarder, TestServer server, byte[] bytes)
    {
        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(bytes);
        client.EndSending();

        using var accepted = await server.AcceptAsync();
        Assert.Equal(bytes, await accepted.ReadAllAsync());
    }
}

public sealed class FirstFlightTestsOnEpoll() : FirstFlightTests(Engine.Epoll);

public sealed class FirstFlightTestsOnSockets() : FirstFlightTests(Engine.Sockets);
