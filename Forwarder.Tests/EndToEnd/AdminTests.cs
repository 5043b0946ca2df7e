using System.Net;
using System.Text.RegularExpressions;
using SniForward.Tests.Admin;

namespace SniForward.Tests.EndToEnd;

/// <summary>The admin listener of the program.</summary>
public abstract partial class AdminTests(Engine engine) : IDisposable
{
    private const string Request = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task While_connections_drain_it_is_alive_and_not_ready()
    {
        using var server = TestServer.Echo("hello");
        Write($"bind = \"127.0.0.1:0\"\n[default]\nbackend = \"127.0.0.1:{server.Port}\"");
        await using var forwarder = ForwarderProcess.Start(_folder);
        using var admin = new AdminClient(await AdminAddressAsync(forwarder));
        using var client = await TestClient.ConnectAsync(await forwarder.AddressAsync());
        await client.SendAsync(Request);
        await client.ReadAsync($"hello\n{Request}".Length);
        await forwarder.LineAsync(Ready());
        Assert.Equal((HttpStatusCode.OK, "serving\n"), await admin.GetAsync("/readyz"));

        forwarder.Signal("TERM");
        await forwarder.LineAsync(Draining());

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "draining\n"), await admin.GetAsync("/readyz"));
        Assert.Equal((HttpStatusCode.OK, "alive\n"), await admin.GetAsync("/livez"));
        client.EndSending();
        await client.ReadAllAsync();
        Assert.Equal(0, await forwarder.ExitAsync());
        await Assert.ThrowsAsync<HttpRequestException>(() => admin.GetAsync("/livez"));
    }

    [Fact]
    public async Task During_the_drain_delay_it_is_not_ready_and_clients_are_accepted()
    {
        using var server = TestServer.Echo("hello");
        Write($"bind = \"127.0.0.1:0\"\n[default]\nbackend = \"127.0.0.1:{server.Port}\"\n[timeouts]\ndrain_delay = \"1h\"");
        await using var forwarder = ForwarderProcess.Start(_folder);
        using var admin = new AdminClient(await AdminAddressAsync(forwarder));
        var address = await forwarder.AddressAsync();
        await forwarder.LineAsync(Ready());

        forwarder.Signal("TERM");
        await forwarder.LineAsync(Delayed());

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "draining\n"), await admin.GetAsync("/readyz"));
        Assert.StartsWith("hello", await TestClient.AskAsync(address, "a.example"), StringComparison.Ordinal);
        forwarder.Signal("TERM");
        Assert.Equal(0, await forwarder.ExitAsync());
    }

    [Fact]
    public async Task An_address_in_use_is_one_line_that_says_whose_and_status_1()
    {
        using var other = TestServer.Start();
        Write("bind = \"127.0.0.1:0\"", $"127.0.0.1:{other.Port}");

        var (status, output, errors) = await ForwarderProcess.RunAsync(_folder, "run");

        Assert.Equal((1, ""), (status, output));
        Assert.Matches($"^sniforward: the admin listener cannot listen on 127.0.0.1:{other.Port}: the port is in use; [^\n]*\n$", errors);
    }

    [Fact]
    public async Task When_a_listener_cannot_be_bound_the_admin_listener_keeps_nothing_up()
    {
        using var other = TestServer.Start();
        Write($"bind = \"127.0.0.1:{other.Port}\"");

        var (status, _, errors) = await ForwarderProcess.RunAsync(_folder, "run");

        Assert.Equal(1, status);
        Assert.Matches($"^sniforward: listener \"listener-1\" cannot listen on 127.0.0.1:{other.Port}: [^\n]*\n$", errors);
    }

    [Fact]
    public async Task A_token_may_come_from_a_file()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "admin.token"), "0123456789abcdef\n", TestContext.Current.CancellationToken);
        Write("bind = \"127.0.0.1:0\"", "0.0.0.0:0", "token_file = \"admin.token\"");
        await using var forwarder = ForwarderProcess.Start(_folder);
        var address = new IPEndPoint(IPAddress.Loopback, (await AdminAddressAsync(forwarder)).Port);
        using var stranger = new AdminClient(address);
        using var admin = new AdminClient(address, "0123456789abcdef");
        await forwarder.LineAsync(Ready());

        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("/api/configuration")).Status);
        Assert.Equal(HttpStatusCode.OK, (await admin.GetAsync("/api/configuration")).Status);
    }

    private void Write(string listener, string admin = "127.0.0.1:0", string more = "") => File.WriteAllText(
        Path.Combine(_folder, "forward.toml"), $"{engine.Line()}\n[[listener]]\n{listener}\n[admin]\nbind = \"{admin}\"\n{more}\n");

    private static async Task<IPEndPoint> AdminAddressAsync(ForwarderProcess forwarder) =>
        IPEndPoint.Parse((await forwarder.LineAsync(AdminAddress())).Groups[1].Value);

    [GeneratedRegex("stopping: no longer ready; clients are accepted for 01:00:00 more")]
    private static partial Regex Delayed();

    [GeneratedRegex(@"the admin listener answers on (\S+)")]
    private static partial Regex AdminAddress();

    [GeneratedRegex("ready; ")]
    private static partial Regex Ready();

    [GeneratedRegex("draining: 1 connections")]
    private static partial Regex Draining();
}

public sealed class AdminTestsOnEpoll() : AdminTests(Engine.Epoll);

public sealed class AdminTestsOnSockets() : AdminTests(Engine.Sockets);
