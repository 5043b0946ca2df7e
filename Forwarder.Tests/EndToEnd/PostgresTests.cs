using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using SniForward.Tests.Peeking;

namespace SniForward.Tests.EndToEnd;

/// <summary>PostgreSQL's clients, byte by byte; with its own programs in <see cref="PostgresServerTests"/>.</summary>
public abstract class PostgresTests(Engine engine)
{
    private static readonly byte[] SslRequest = Request(80877103);
    private static readonly byte[] GssRequest = Request(80877104);
    private static readonly byte[] Startup = [0, 0, 0, 23, 0, 3, 0, 0, .. "user\0alice\0\0extr"u8[..15]];
    private static readonly byte[] Hello = HelloBuilder.For("db1.example").Records();

    [Fact]
    public async Task An_SSLRequest_is_answered_and_asked_of_the_server_that_the_hello_names()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server);
        using var client = await BeginTlsAsync(forwarder);
        await client.SendAsync(Hello);

        using var accepted = await server.AcceptAsync();
        Assert.Equal(SslRequest, await ReadAsync(accepted, SslRequest.Length));
        await accepted.SendAsync("S"u8.ToArray());
        Assert.Equal(Hello, await ReadAsync(accepted, Hello.Length));
        await accepted.SendLastAsync("hello back");
        Assert.Equal("hello back", await client.ReadAllTextAsync());
        client.EndSending();
        var line = await forwarder.NextAccessLineAsync();
        Assert.Equal(("postgres", "db1.example", "completed", (long)Hello.Length), (line.Text("Protocol"), line.Name, line.End, line.BytesUp));
    }

    [Fact]
    public async Task A_whole_TLS_session_goes_on_behind_the_request_even_if_it_was_not_waited_for()
    {
        using var server = TestServer.Start(async stream =>
        {
            await stream.ReadExactlyAsync(new byte[SslRequest.Length]);
            await stream.WriteAsync("S"u8.ToArray());
            await TlsServer.ServeAsync(stream, "db1.example");
        });
        await using var forwarder = Start(server);
        using var client = await BeginTlsAsync(forwarder);
        using var tls = await client.StartTlsAsync("db1.example");

        Assert.Equal("CN=db1.example", tls.RemoteCertificate!.Subject);
    }

    [Fact]
    public async Task GSS_encryption_is_declined_before_TLS()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(GssRequest);
        Assert.Equal("N"u8.ToArray(), await client.ReadAsync(1));
        await client.SendAsync(SslRequest);
        Assert.Equal("S"u8.ToArray(), await client.ReadAsync(1));
        await client.SendAsync(Hello);

        using var accepted = await server.AcceptAsync();
        Assert.Equal(SslRequest, await ReadAsync(accepted, SslRequest.Length));
    }

    [Fact]
    public async Task Requests_that_come_again_and_again_are_malformed()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync((byte[])[.. GssRequest, .. GssRequest, .. GssRequest]);
        client.EndSending();

        var answer = await client.ReadAllTextAsync();
        Assert.StartsWith("NNE", answer, StringComparison.Ordinal);
        Assert.Contains("C08P01\0", answer, StringComparison.Ordinal);
        Assert.Equal("malformed", (await forwarder.NextAccessLineAsync()).End);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_in_the_clear_goes_to_the_protocols_route_as_it_came(bool isCancel)
    {
        byte[] bytes = isCancel ? [0, 0, 0, 16, 0x04, 0xd2, 0x16, 0x2e, 1, 2, 3, 4, 5, 6, 7, 8] : Startup;
        using var server = TestServer.Start();
        await using var forwarder = engine.Start($"""
            [[listener]]
            bind = "127.0.0.1:0"
            protocols = ["postgres"]
            [[route]]
            protocol = "postgres"
            backend = "127.0.0.1:{server.Port}"
            """);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(bytes);
        client.EndSending();

        using var accepted = await server.AcceptAsync();
        Assert.Equal(bytes, await accepted.ReadAllAsync());
    }

    [Fact]
    public async Task A_client_in_the_clear_without_a_route_reads_why()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(Startup);
        client.EndSending();

        var answer = await client.ReadAllAsync();
        Assert.Equal((byte)'E', answer[0]);
        Assert.Equal(answer.Length - 1, BinaryPrimitives.ReadInt32BigEndian(answer.AsSpan(1)));
        Assert.Contains("SFATAL\0VFATAL\0C08004\0MNo server can be chosen", Encoding.ASCII.GetString(answer), StringComparison.Ordinal);
        Assert.Equal("no_name", (await forwarder.NextAccessLineAsync()).End);
    }

    [Theory]
    [InlineData("N")]
    [InlineData("E")]
    [InlineData("")]
    [InlineData("SX")]
    public async Task A_server_that_does_not_agree_to_TLS_or_says_more_than_that_is_not_used(string answer)
    {
        using var server = TestServer.Start(async stream =>
        {
            await stream.ReadExactlyAsync(new byte[SslRequest.Length]);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
        });
        await using var forwarder = Start(server);
        using var client = await BeginTlsAsync(forwarder);
        await client.SendAsync(Hello);

        Assert.Equal([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 80], await client.ReadAllAsync());
        client.EndSending();
        Assert.Equal("backend_unreachable", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_server_that_never_answers_the_request_has_the_connect_deadline()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server, "[timeouts]\nconnect = \"300ms\"");
        using var client = await BeginTlsAsync(forwarder);
        await client.SendAsync(Hello);

        Assert.Equal([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 80], await client.ReadAllAsync());
        client.EndSending();
        Assert.Equal("backend_timeout", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task Behind_the_answer_nothing_but_a_ClientHello_is_taken()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server);
        using var client = await BeginTlsAsync(forwarder);
        await client.SendAsync(Startup);

        Assert.Empty(await client.ReadAllAsync());
        Assert.Equal("not_recognised", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_client_that_begins_with_TLS_is_passed_on_as_it_is()
    {
        using var server = TlsServer.Start("db1.example", new SslApplicationProtocol("postgresql"));
        await using var forwarder = Start(server);
        using var client = await TestClient.ConnectAsync(forwarder);

        using var tls = await client.StartTlsAsync("db1.example", alpn: new SslApplicationProtocol("postgresql"));
        Assert.Equal("CN=db1.example", tls.RemoteCertificate!.Subject);

        client.Reset();
        Assert.Equal("postgres", (await forwarder.NextAccessLineAsync()).Text("Protocol"));
    }

    [Fact]
    public async Task Where_PostgreSQL_is_not_accepted_its_request_is_refused_at_once()
    {
        await using var forwarder = engine.Start("[[listener]]\nbind = \"127.0.0.1:0\"\n[timeouts]\npeek = \"1h\"");
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(SslRequest);

        Assert.Empty(await client.ReadAllAsync());
        Assert.Equal("not_recognised", (await forwarder.NextAccessLineAsync()).End);
    }

    private TestForwarder Start(TestServer server, string more = "") => engine.Start($"""
        [[listener]]
        bind = "127.0.0.1:0"
        protocols = ["postgres"]
        [[route]]
        hosts = ["db1.example"]
        backend = "127.0.0.1:{server.Port}"
        {more}
        """);

    /// <summary>A client whose request for TLS was answered.</summary>
    private static async Task<TestClient> BeginTlsAsync(TestForwarder forwarder)
    {
        var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(SslRequest);
        Assert.Equal("S"u8.ToArray(), await client.ReadAsync(1));
        return client;
    }

    private static byte[] Request(int code)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(bytes, bytes.Length);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), code);
        return bytes;
    }

    private static async Task<byte[]> ReadAsync(Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;)
        {
            var received = await socket.ReceiveAsync(bytes.AsMemory(at), SocketFlags.None, TestContext.Current.CancellationToken).AsTask().InTimeAsync();
            Assert.NotEqual(0, received);
            at += received;
        }
        return bytes;
    }
}

public sealed class PostgresTestsOnEpoll() : PostgresTests(Engine.Epoll);

public sealed class PostgresTestsOnSockets() : PostgresTests(Engine.Sockets);
