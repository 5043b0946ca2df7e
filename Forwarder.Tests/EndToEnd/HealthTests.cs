using System.Net;
using System.Net.Sockets;
using System.Text;
using SniForward.Tests.Peeking;

namespace SniForward.Tests.EndToEnd;

/// <summary>Servers that fail and recover while clients come: by their checks, and by the connections made to them.</summary>
public abstract class HealthTests(Engine engine)
{
    private const string Request = "GET / HTTP/1.1\r\nHost: any.example\r\n\r\n";
    private const string ByHttp = "health = { interval = \"20ms\", timeout = \"30s\", fall = 2, rise = 2, http = \"/healthz\" }";

    [Fact]
    public async Task A_server_that_its_checks_call_down_gets_no_connection()
    {
        using var sick = new CheckedServer("sick") { Status = _ => 503 };
        using var fit = new CheckedServer("fit");
        await using var forwarder = Start(ByHttp, sick.Address, fit.Address);

        await forwarder.LineAsync($"server {sick.Address} is down: HTTP: status 503, not 200; its checks go on; servers left: 1");
        for (var i = 0; i < 6; i++) Assert.Equal("fit", await AskNameAsync(forwarder));

        Assert.Equal(0, sick.Served);
    }

    [Fact]
    public async Task While_all_are_down_clients_are_told_so()
    {
        using var sick = new CheckedServer("sick") { Status = _ => 503 };
        await using var forwarder = Start(ByHttp, sick.Address);
        await forwarder.LineAsync("servers left: 0");

        var answer = await TestClient.AskAsync(forwarder.Address, "any.example");
        Assert.StartsWith("HTTP/1.1 503 ", answer, StringComparison.Ordinal);
        Assert.Equal("backend_down", (await forwarder.NextAccessLineAsync()).End);

        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(HelloBuilder.For("any.example").Records());
        // A fatal alert, internal_error.
        Assert.Equal([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 80], await client.ReadAllAsync());
        Assert.Equal("backend_down", (await forwarder.NextAccessLineAsync()).End);
        Assert.Equal(0, sick.Served);
    }

    [Fact]
    public async Task A_server_is_back_when_enough_checks_in_a_row_pass()
    {
        using var server = new CheckedServer("server") { Status = check => check is 1 or 2 or 4 ? 503 : 200 };
        using var other = new CheckedServer("other");
        await using var forwarder = Start(ByHttp, server.Address, other.Address);

        await forwarder.LineAsync($"server {server.Address} is back: its checks pass; servers: 2");

        Assert.InRange(server.Checks, 6, int.MaxValue);
        string[] names = [await AskNameAsync(forwarder), await AskNameAsync(forwarder)];
        Assert.Equal(["other", "server"], names.Order());
    }

    [Fact]
    public async Task The_only_server_is_back_when_one_check_passes()
    {
        using var server = new CheckedServer("server") { Status = check => check is 3 ? 200 : 503 };
        await using var forwarder = Start(ByHttp, server.Address);

        await forwarder.LineAsync($"server {server.Address} is back: its checks pass; servers: 1");
    }

    [Fact]
    public async Task A_backup_serves_only_while_no_other_can()
    {
        var status = 200;
        using var main = new CheckedServer("main") { Status = _ => Volatile.Read(ref status) };
        using var backup = new CheckedServer("backup");
        await using var forwarder = engine.Start(Backend(ByHttp, $"\"{main.Address}\"", $"{{ address = \"{backup.Address}\", backup = true }}"));
        for (var i = 0; i < 3; i++) Assert.Equal("main", await AskNameAsync(forwarder));

        Volatile.Write(ref status, 500);
        await forwarder.LineAsync($"server {main.Address} is down");
        for (var i = 0; i < 3; i++) Assert.Equal("backup", await AskNameAsync(forwarder));

        Volatile.Write(ref status, 200);
        await forwarder.LineAsync($"server {main.Address} is back");
        for (var i = 0; i < 3; i++) Assert.Equal("main", await AskNameAsync(forwarder));
        Assert.Equal(3, backup.Served);
    }

    [Fact]
    public async Task A_server_that_refuses_is_out_until_a_connection_tries_it_and_no_client_notices()
    {
        var port = TestServer.RefusingPort();
        using var alive = new CheckedServer("alive");
        await using var forwarder = Start("", $"127.0.0.1:{port}", alive.Address);
        for (var i = 0; i < 10; i++) Assert.Equal("alive", await AskNameAsync(forwarder));
        await forwarder.LineAsync($"server 127.0.0.1:{port} is out: 3 connections in a row failed, the last with ConnectionRefused");

        using var revived = new CheckedServer("revived", address: new IPEndPoint(IPAddress.Loopback, port));
        var back = forwarder.LineAsync($"server 127.0.0.1:{port} is back: it took a connection; servers: 2");
        while (!back.IsCompleted) Assert.Contains(await AskNameAsync(forwarder), (string[])["alive", "revived"]);
        await back;
        Assert.Equal(2, new[] { await AskNameAsync(forwarder), await AskNameAsync(forwarder) }.Distinct().Count());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_open_to_a_server_that_fails_is_cut_if_that_is_asked_for(bool isCut)
    {
        var status = 200;
        using var sick = new CheckedServer("sick") { Status = _ => Volatile.Read(ref status) };
        using var fit = new CheckedServer("fit");
        await using var forwarder = Start($"close_on_fail = {(isCut ? "true" : "false")}\n{ByHttp}", sick.Address, fit.Address);
        using var toSick = await OpenAsync(forwarder, "sick");
        using var toFit = await OpenAsync(forwarder, "fit");

        Volatile.Write(ref status, 503);
        await forwarder.LineAsync($"server {sick.Address} is down");

        if (isCut)
        {
            await toSick.ExpectResetAsync();
            var line = await forwarder.NextAccessLineAsync();
            Assert.Equal(("server_failed", sick.Address), (line.End, line.Text("Server")));
        }
        else
        {
            await AssertEchoesAsync(toSick);
        }
        await AssertEchoesAsync(toFit);
        Assert.True(SpinWait.SpinUntil(() => forwarder.Forwarder.OpenConnections == (isCut ? 1 : 2), Patience.Limit));
    }

    [Fact]
    public async Task What_is_open_is_cut_as_well_when_connects_fail()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start("close_on_fail = true", $"127.0.0.1:{server.Port}");
        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(Request);
        using var accepted = await server.AcceptAsync();
        await accepted.SendAsync("hello"u8.ToArray(), TestContext.Current.CancellationToken);
        await client.ReadAsync("hello".Length);
        // It listens no more; what it has accepted stays open.
        server.StopListening();

        for (var i = 0; i < 3; i++) Assert.StartsWith("HTTP/1.1 502 ", await TestClient.AskAsync(forwarder.Address, "any.example"), StringComparison.Ordinal);

        await client.ExpectResetAsync();
        await Assert.ThrowsAsync<SocketException>(accepted.ReadAllAsync);
    }

    [Fact]
    public async Task What_is_still_dialled_when_its_server_fails_is_cut_as_soon_as_it_is_open()
    {
        var status = 200;
        var (isDialled, mayGoOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        using var server = TestServer.Start(async stream =>
        {
            var first = new byte[1];
            await stream.Socket.ReceiveAsync(first, SocketFlags.Peek);
            if (first[0] == 'G')
            {
                await stream.ReadExactlyAsync(new byte["GET /healthz".Length]);
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {Volatile.Read(ref status)} \r\nContent-Length: 0\r\n\r\n"));
                return;
            }
            isDialled.TrySetResult();
            await mayGoOn.Task;
            await TlsServer.ServeAsync(stream, "server.example");
        });
        await using var forwarder = Start($"close_on_fail = true\ntls = {{ verify = false }}\n{ByHttp}", $"127.0.0.1:{server.Port}");
        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(Request);
        await isDialled.Task.InTimeAsync();

        Volatile.Write(ref status, 503);
        await forwarder.LineAsync($"server 127.0.0.1:{server.Port} is down");
        mayGoOn.SetResult();

        await client.ExpectResetAsync();
        Assert.Equal("server_failed", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task A_check_is_a_connection_where_nothing_else_is_asked_for()
    {
        var port = TestServer.RefusingPort();
        await using var forwarder = Start("health = { interval = \"20ms\", fall = 1, rise = 1 }", $"127.0.0.1:{port}");
        await forwarder.LineAsync($"server 127.0.0.1:{port} is down: connect: ConnectionRefused");

        using var server = TestServer.Echo("server", new IPEndPoint(IPAddress.Loopback, port));
        await forwarder.LineAsync($"server 127.0.0.1:{port} is back: its checks pass");

        Assert.Equal("server", await AskNameAsync(forwarder));
    }

    [Fact]
    public async Task A_check_by_TLS_tells_who_speaks_it()
    {
        using var other = TestServer.Echo("other");
        using var server = TlsServer.Start("server.example");
        await using var forwarder = Start(
            "health = { interval = \"20ms\", timeout = \"30s\", tls = true, host = \"server.example\" }",
            $"127.0.0.1:{other.Port}",
            $"127.0.0.1:{server.Port}");
        await forwarder.LineAsync($"server 127.0.0.1:{other.Port} is down: TLS: ");

        for (var i = 0; i < 3; i++)
        {
            using var client = await TestClient.ConnectAsync(forwarder);
            await using var tls = await client.StartTlsAsync("server.example");
        }
        Assert.DoesNotContain(forwarder.Lines, line => line.Contains($"server 127.0.0.1:{server.Port} is", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Checks_begin_with_the_PROXY_header_that_the_server_demands()
    {
        using var server = new CheckedServer("server", start: "PROXY UNKNOWN\r\n");
        using var other = new CheckedServer("other", start: "PROXY TCP6");
        await using var forwarder = Start($"send_proxy = \"v1\"\n{ByHttp}", server.Address, other.Address);

        await forwarder.LineAsync($"server {other.Address} is down: HTTP: ");
        Assert.True(SpinWait.SpinUntil(() => server.Checks >= 2, Patience.Limit));

        Assert.DoesNotContain(forwarder.Lines, line => line.Contains($"server {server.Address} is", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_on_a_unix_socket_is_checked_too()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("sniforward").FullName, "server.sock");
        await using var forwarder = Start(ByHttp, $"unix:{path}");
        await forwarder.LineAsync($"server unix:{path} is down: connect: ");

        using var server = new CheckedServer("server", address: new UnixDomainSocketEndPoint(path));
        await forwarder.LineAsync($"server unix:{path} is back");

        Assert.Equal("server", await AskNameAsync(forwarder));
    }

    [Fact]
    public async Task A_unix_socket_that_nobody_made_is_a_server_that_refuses()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("sniforward").FullName, "server.sock");
        await using var forwarder = Start("", $"unix:{path}");

        for (var i = 0; i < 3; i++) Assert.StartsWith("HTTP/1.1 502 ", await TestClient.AskAsync(forwarder.Address, "any.example"), StringComparison.Ordinal);

        await forwarder.LineAsync($"server unix:{path} is out");
    }

    private TestForwarder Start(string rules, params string[] servers) => engine.Start(Backend(rules, [.. servers.Select(server => $"\"{server}\"")]));

    private static string Backend(string rules, params string[] servers) => $"""
        [[listener]]
        bind = "127.0.0.1:0"
        [default]
        backend = "all"
        [backend.all]
        servers = [{string.Join(", ", servers)}]
        {rules}
        """;

    private static async Task<string> AskNameAsync(TestForwarder forwarder) =>
        (await TestClient.AskAsync(forwarder.Address, "any.example")).Split('\n')[0];

    /// <summary>A connection to the server of a name that stays open.</summary>
    private static async Task<TestClient> OpenAsync(TestForwarder forwarder, string name)
    {
        var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(Request);
        var said = System.Text.Encoding.Latin1.GetString(await client.ReadAsync(name.Length + 1 + Request.Length));
        Assert.Equal($"{name}\n{Request}", said);
        return client;
    }

    private static async Task AssertEchoesAsync(TestClient client)
    {
        await client.SendAsync("still here");
        Assert.Equal("still here"u8.ToArray(), await client.ReadAsync("still here".Length));
    }
}

public sealed class HealthTestsOnEpoll() : HealthTests(Engine.Epoll);

public sealed class HealthTestsOnSockets() : HealthTests(Engine.Sockets);
