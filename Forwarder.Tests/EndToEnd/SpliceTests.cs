using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace SniForward.Tests.EndToEnd;

/// <summary>What was routed is passed on byte for byte, both ways at once, ends and resets included.</summary>
public abstract class SpliceTests(Engine engine)
{
    private const string Head = "GET / HTTP/1.1\r\nHost: any.example\r\n\r\n";

    [Fact]
    public async Task Clients_that_are_gone_before_their_server_is_reached_hurt_nobody()
    {
        using var server = TestServer.Start(async stream => await stream.WriteAsync("hello"u8.ToArray()));
        await using var forwarder = engine.Start($"[[listener]]\nbind = \"127.0.0.1:0\"\ndefault = \"127.0.0.1:{server.Port}\"");

        for (var i = 0; i < 300; i++)
        {
            using var client = await TestClient.ConnectAsync(forwarder);
            await client.SendAsync("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
            client.Reset();
        }

        Assert.Equal("hello", await TestClient.AskAsync(forwarder.Address, "a.example"));
    }

    [Fact]
    public async Task Megabytes_pass_both_ways_at_once_unchanged()
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start(ToDefault(server));
        using var client = await TestClient.ConnectAsync(forwarder);
        var up = RandomNumberGenerator.GetBytes(20_000_000);
        var down = RandomNumberGenerator.GetBytes(30_000_000);
        Encoding.ASCII.GetBytes(Head).CopyTo(up, 0);

        var sent = SendAndEndAsync(client.Socket, up);
        using var accepted = await server.AcceptAsync();
        var answered = SendAndEndAsync(accepted, down);
        var receiving = accepted.ReadAllAsync();
        var gotDown = await client.ReadAllAsync();
        var gotUp = await receiving;
        await Task.WhenAll(sent, answered).InTimeAsync();

        Assert.True(down.AsSpan().SequenceEqual(gotDown));
        Assert.True(up.AsSpan().SequenceEqual(gotUp));
        var line = await forwarder.NextAccessLineAsync();
        Assert.Equal("completed", line.End);
        Assert.Equal(up.Length, line.BytesUp);
        Assert.Equal(down.Length, line.BytesDown);
    }

    [Fact]
    public async Task When_the_client_ends_its_side_the_server_still_answers()
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start(ToDefault(server));
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(Head + "and more");
        client.EndSending();
        using var accepted = await server.AcceptAsync();
        Assert.Equal(Head + "and more", await accepted.ReadAllTextAsync());
        await accepted.SendLastAsync("late answer");

        Assert.Equal("late answer", await client.ReadAllTextAsync());
        Assert.Equal("completed", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task When_the_server_ends_its_side_the_client_still_sends()
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start(ToDefault(server));
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(Head);
        using var accepted = await server.AcceptAsync();
        await accepted.SendLastAsync("all I say");
        Assert.Equal("all I say", await client.ReadAllTextAsync());
        await client.SendAsync("the rest");
        client.EndSending();

        Assert.Equal(Head + "the rest", await accepted.ReadAllTextAsync());
        Assert.Equal("completed", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task Bytes_and_the_end_sent_at_once_with_the_first_flight_all_arrive()
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start(ToDefault(server));
        using var client = await TestClient.ConnectAsync(forwarder);
        var body = new string('b', 200_000);

        var sending = SendAndEndAsync(client.Socket, Encoding.ASCII.GetBytes(Head + body));
        using var accepted = await server.AcceptAsync();

        Assert.Equal(Head + body, await accepted.ReadAllTextAsync());
        await sending;
    }

    [Fact]
    public async Task A_reset_by_the_client_becomes_a_reset_of_the_server()
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start(ToDefault(server));
        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(Head);
        using var accepted = await server.AcceptAsync();
        var buffer = new byte[Head.Length];
        using var stream = new NetworkStream(accepted);
        await stream.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);

        client.Reset();

        var exception = await Assert.ThrowsAsync<SocketException>(
            () => accepted.ReceiveAsync(buffer, SocketFlags.None, TestContext.Current.CancellationToken).AsTask().InTimeAsync());
        Assert.Equal(SocketError.ConnectionReset, exception.SocketErrorCode);
        Assert.Equal("client_reset", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_reset_by_the_server_becomes_a_reset_of_the_client()
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start(ToDefault(server));
        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(Head);
        var accepted = await server.AcceptAsync();
        // Before it has a byte it could still be passed over for another.
        Assert.Equal(Head.Length, await accepted.ReceiveAsync(new byte[1024], SocketFlags.None, TestContext.Current.CancellationToken).AsTask().InTimeAsync());

        accepted.LingerState = new LingerOption(true, 0);
        accepted.Dispose();

        await client.ExpectResetAsync();
        Assert.Equal("server_reset", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_server_that_does_not_read_holds_the_client_back_and_loses_nothing()
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start(ToDefault(server));
        using var client = await TestClient.ConnectAsync(forwarder);
        var up = RandomNumberGenerator.GetBytes(64_000_000);
        Encoding.ASCII.GetBytes(Head).CopyTo(up, 0);

        var sending = SendAndEndAsync(client.Socket, up);
        using var accepted = await server.AcceptAsync();
        Assert.False(sending.IsCompleted, "64 MB cannot have fitted into buffers.");
        var received = await accepted.ReadAllAsync();
        await sending;

        Assert.True(up.AsSpan().SequenceEqual(received));
    }

    [Fact]
    public async Task A_silent_connection_is_cut_after_the_idle_time()
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start(ToDefault(server) + "\n[timeouts]\nidle = \"300ms\"");
        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(Head);
        using var accepted = await server.AcceptAsync();

        await client.ExpectResetAsync();
        Assert.Equal("idle_timeout", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_busy_connection_outlives_the_idle_time()
    {
        using var server = TestServer.Echo("echo");
        await using var forwarder = engine.Start(ToDefault(server) + "\n[timeouts]\nidle = \"1s\"");
        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(Head);
        await client.ReadAsync("echo\n".Length + Head.Length);

        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        for (var i = 0; i < 8; i++)
        {
            await ticks.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            await client.SendAsync("x");
            Assert.Equal("x"u8.ToArray(), await client.ReadAsync(1));
        }
        client.EndSending();

        Assert.Empty(await client.ReadAllAsync());
        Assert.Equal("completed", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_half_closed_connection_is_cut_after_its_own_time()
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start(ToDefault(server) + "\n[timeouts]\nhalf_closed = \"300ms\"");
        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(Head);
        client.EndSending();
        using var accepted = await server.AcceptAsync();

        await client.ExpectResetAsync();
        Assert.Equal("half_closed_timeout", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task Without_peeking_a_server_that_speaks_first_is_heard()
    {
        using var server = TestServer.Echo("220 mail.example");
        await using var forwarder = engine.Start($"""
            [[listener]]
            bind = "127.0.0.1:0"
            peek = false
            default = "127.0.0.1:{server.Port}"
            """);
        using var client = await TestClient.ConnectAsync(forwarder);

        Assert.Equal("220 mail.example\n", Encoding.ASCII.GetString(await client.ReadAsync(17)));
        await client.SendAsync("\0\x01 any bytes");
        client.EndSending();
        Assert.Equal("\0\x01 any bytes", await client.ReadAllTextAsync());
    }

    [Fact]
    public async Task With_protocol_any_bytes_that_are_neither_TLS_nor_HTTP_reach_the_default()
    {
        using var server = TestServer.Echo("default");
        await using var forwarder = engine.Start($"""
            [[listener]]
            bind = "127.0.0.1:0"
            protocols = ["tls", "any"]
            default = "127.0.0.1:{server.Port}"
            """);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync("SSH-2.0-OpenSSH_9.2\r\n");
        client.EndSending();
        Assert.Equal("default\nSSH-2.0-OpenSSH_9.2\r\n", await client.ReadAllTextAsync());
    }

    private static string ToDefault(TestServer server) => $"""
        [[listener]]
        bind = "127.0.0.1:0"
        [default]
        backend = "127.0.0.1:{server.Port}"
        """;

    private static async Task SendAndEndAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0) bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, TestContext.Current.CancellationToken)..];
        socket.Shutdown(SocketShutdown.Send);
    }
}

public sealed class SpliceTestsOnEpoll() : SpliceTests(Engine.Epoll);

public sealed class SpliceTestsOnSockets() : SpliceTests(Engine.Sockets);
