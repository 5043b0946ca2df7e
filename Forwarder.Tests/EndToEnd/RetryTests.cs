using System.Net.Sockets;
using System.Text;

namespace SniForward.Tests.EndToEnd;

/// <summary>Servers that fail before they have taken the connection cost the client nothing, and those that fail after it are not asked twice.</summary>
public abstract class RetryTests(Engine engine)
{
    private const string Host = "any.example";

    [Fact]
    public async Task A_large_first_flight_arrives_whole_past_servers_that_refuse_and_hang()
    {
        using var deaf = DeafServer.Start();
        using var good = TestServer.Start();
        await using var forwarder = Start("", TestServer.RefusingPort(), deaf.Port, good.Port);
        var request = LargeRequest();

        // Each begins with another server.
        for (var i = 0; i < 3; i++)
        {
            using var client = await TestClient.ConnectAsync(forwarder);
            await client.SendAsync(request);
            client.EndSending();
            using var accepted = await good.AcceptAsync();
            Assert.Equal(request, await accepted.ReadAllAsync());
            await accepted.SendLastAsync("whole");
            Assert.Equal("whole", await client.ReadAllTextAsync());
            Assert.Equal($"127.0.0.1:{good.Port}", (await forwarder.NextAccessLineAsync()).Text("Server"));
        }
    }

    [Fact]
    public async Task A_TLS_handshake_is_done_past_servers_that_refuse_and_hang()
    {
        using var deaf = DeafServer.Start();
        using var good = TlsServer.Start("good.example");
        await using var forwarder = Start("", TestServer.RefusingPort(), deaf.Port, good.Port);

        for (var i = 0; i < 3; i++)
        {
            using var client = await TestClient.ConnectAsync(forwarder);
            using var tls = await client.StartTlsAsync(Host);
            await tls.WriteAsync("ping\n"u8.ToArray(), TestContext.Current.CancellationToken);
            using var reader = new StreamReader(tls);
            Assert.Equal("good.example", await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().InTimeAsync());
            Assert.Equal("ping", await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().InTimeAsync());
        }
    }

    [Fact]
    public async Task A_server_that_resets_what_it_has_read_ends_the_connection_and_no_other_is_asked()
    {
        using var breaking = TestServer.Start();
        using var good = TestServer.Start();
        await using var forwarder = Start("", breaking.Port, good.Port);
        using var client = await TestClient.ConnectAsync(forwarder);

        await client.SendAsync(LargeRequest());
        using var accepted = await breaking.AcceptAsync();
        await accepted.ReceiveAsync(new byte[1], SocketFlags.None, TestContext.Current.CancellationToken).AsTask().InTimeAsync();
        Reset(accepted);

        await client.ExpectResetAsync();
        Assert.Equal("server_reset", (await forwarder.NextAccessLineAsync()).End);
        // The next in turn is the first that the other has.
        using var next = await TestClient.ConnectAsync(forwarder);
        await next.SendAsync($"GET /next HTTP/1.1\r\nHost: {Host}\r\n\r\n");
        next.EndSending();
        using var first = await good.AcceptAsync();
        Assert.StartsWith("GET /next ", await first.ReadAllTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_resets_at_once_ends_the_connection_or_is_passed_over_with_every_byte()
    {
        using var resetting = TestServer.Start(stream =>
        {
            Reset(stream.Socket);
            return Task.CompletedTask;
        });
        using var good = TestServer.Start(async stream =>
        {
            using var received = new MemoryStream();
            await stream.CopyToAsync(received);
            await stream.WriteAsync(received.ToArray());
        });
        await using var forwarder = Start("", resetting.Port, good.Port);
        var request = LargeRequest();
        var whole = 0;

        for (var i = 0; i < 20; i++)
        {
            using var client = await TestClient.ConnectAsync(forwarder);
            try
            {
                await client.SendAsync(request);
                client.EndSending();
                Assert.Equal(request, await client.ReadAllAsync());
                whole++;
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                // It was noticed after the first byte was on its way.
            }
        }

        Assert.InRange(whole, 10, 20);
    }

    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(2, 1, true)]
    [InlineData(2, 2, false)]
    [InlineData(3, 2, true)]
    [InlineData(0, 5, true)]
    public async Task A_connection_is_sent_to_as_many_servers_as_there_may_be_attempts(int attempts, int refusing, bool isServed)
    {
        using var good = TestServer.Echo("good");
        int[] ports = [.. Enumerable.Range(0, refusing).Select(_ => TestServer.RefusingPort()), good.Port];
        await using var forwarder = Start($"attempts = {attempts}\n", ports);

        var answer = await TestClient.AskAsync(forwarder.Address, Host);

        Assert.StartsWith(isServed ? "good" : "HTTP/1.1 502 ", answer, StringComparison.Ordinal);
        Assert.Equal(isServed ? "completed" : "backend_unreachable", (await forwarder.NextAccessLineAsync()).End);
    }

    private TestForwarder Start(string more, params int[] ports) => engine.Start(
        "[[listener]]\nbind = \"127.0.0.1:0\"\n[default]\nbackend = \"all\"\n[timeouts]\nconnect = \"2s\"\n[backend.all]\n"
        + $"servers = [{string.Join(", ", ports.Select(port => $"\"127.0.0.1:{port}\""))}]\n{more}");

    /// <summary>A head of 40 KiB, its Host at the end, so that all of it is peeked before a server is dialled.</summary>
    private static byte[] LargeRequest()
    {
        var random = new Random(20261125);
        var cookie = new char[40 * 1024];
        for (var i = 0; i < cookie.Length; i++) cookie[i] = (char)random.Next('a', 'z' + 1);
        return Encoding.ASCII.GetBytes($"POST /large HTTP/1.1\r\nCookie: {new string(cookie)}\r\nHost: {Host}\r\nContent-Length: 4\r\n\r\nbody");
    }

    private static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }
}

public sealed class RetryTestsOnEpoll() : RetryTests(Engine.Epoll);

public sealed class RetryTestsOnSockets() : RetryTests(Engine.Sockets);
