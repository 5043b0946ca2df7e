using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace SniForward.Tests.EndToEnd;

/// <summary>Processes that follow each other on the same sockets, by <c>run --take-over</c>.</summary>
public abstract partial class TakeOverTests(Engine engine) : IDisposable
{
    private const string Request = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;
    private readonly int _port = TestServer.RefusingPort();

    private IPEndPoint Address => new(IPAddress.Loopback, _port);

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task No_client_is_refused_or_cut_while_one_process_after_the_other_takes_over()
    {
        using var server = TestServer.Echo("hello");
        var current = await ServingAsync(server, threads: 2);
        using var over = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(_ => AskUntilAsync(over.Token)).ToList();

        // More engines, fewer, and as many as they were: sockets are shared, or one engine has several.
        foreach (var threads in new[] { 3, 1, 2 })
        {
            using var open = await OpenAsync();
            var next = await ServingAsync(server, threads);
            await current.LineAsync(Draining());
            await open.SendAsync("still here");
            open.EndSending();
            Assert.Equal("still here", await open.ReadAllTextAsync());
            await EndedAsync(current);
            await current.DisposeAsync();
            current = next;
        }
        await over.CancelAsync();

        foreach (var client in clients) Assert.InRange(await client.InTimeAsync(), 1, int.MaxValue);
        current.Signal("TERM");
        await EndedAsync(current);
        await current.DisposeAsync();
        Assert.False(File.Exists(Path.Combine(_folder, "control")));
    }

    [Fact]
    public async Task The_admin_listener_and_unix_sockets_are_handed_over_too()
    {
        using var server = TestServer.Echo("hello");
        var path = Path.Combine(_folder, "in.sock");
        var admin = new IPEndPoint(IPAddress.Loopback, TestServer.RefusingPort());
        var more = $"[[listener]]\nname = \"unix\"\nbind = \"unix:{path}\"\n[admin]\nbind = \"{admin}\"\n";
        await using var first = await ServingAsync(server, 2, more);
        using var over = new CancellationTokenSource();
        var asked = Enumerable.Range(0, 2).Select(_ => AskReadinessUntilAsync(admin, over.Token)).ToList();

        await using var second = await ServingAsync(server, 2, more);
        await EndedAsync(first);
        await over.CancelAsync();

        foreach (var client in asked) Assert.InRange(await client.InTimeAsync(), 1, int.MaxValue);
        Assert.StartsWith("hello", await TestClient.AskAsync(new UnixDomainSocketEndPoint(path), "a.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_file_of_a_unix_socket_stays_until_the_last_process_that_serves_it_ends()
    {
        using var server = TestServer.Echo("hello");
        string[] files = [Path.Combine(_folder, "in.sock"), Path.Combine(_folder, "admin.sock"), Path.Combine(_folder, "first-only.sock")];
        var both = $"[[listener]]\nname = \"unix\"\nbind = \"unix:{files[0]}\"\n[admin]\nbind = \"unix:{files[1]}\"\n";
        await using var first = await ServingAsync(server, 2, $"{both}[[listener]]\nname = \"gone\"\nbind = \"unix:{files[2]}\"\n");
        using (var other = TestServer.Start())
        {
            await using var failing = await StartAsync(server, 2, $"{both}[[listener]]\nname = \"taken\"\nbind = \"127.0.0.1:{other.Port}\"\n");
            Assert.Equal(1, await failing.ExitAsync());
        }
        Assert.All(files, file => Assert.True(File.Exists(file)));

        await using var second = await ServingAsync(server, 2, both);
        await EndedAsync(first);
        Assert.Equal([true, true, false], files.Select(File.Exists));
        Assert.StartsWith("hello", await TestClient.AskAsync(new UnixDomainSocketEndPoint(files[0]), "a.example"), StringComparison.Ordinal);

        await using var third = await ServingAsync(server, 1, both);
        await EndedAsync(second);
        Assert.StartsWith("hello", await TestClient.AskAsync(new UnixDomainSocketEndPoint(files[0]), "a.example"), StringComparison.Ordinal);
        third.Signal("TERM");
        await EndedAsync(third);
        Assert.All(files, file => Assert.False(File.Exists(file)));
    }

    [Fact]
    public async Task A_listener_that_was_taken_over_may_go_and_come_back()
    {
        using var server = TestServer.Echo("hello");
        var path = Path.Combine(_folder, "in.sock");
        var more = $"[[listener]]\nname = \"unix\"\nbind = \"unix:{path}\"\n";
        await using var first = await ServingAsync(server, 2, more);
        await using var second = await ServingAsync(server, 2, more);
        await EndedAsync(first);

        await WriteAsync(server, 2, "");
        second.Signal("HUP");
        await second.LineAsync(Reloaded());
        Assert.False(File.Exists(path));
        await WriteAsync(server, 2, more);
        second.Signal("HUP");
        await second.LineAsync(Reloaded());

        Assert.StartsWith("hello", await TestClient.AskAsync(new UnixDomainSocketEndPoint(path), "a.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_fails_to_start_relieves_nobody()
    {
        using var server = TestServer.Echo("hello");
        using var other = TestServer.Start();
        await using var first = await ServingAsync(server, 2);

        await using (var failing = await StartAsync(server, 2, $"[[listener]]\nname = \"taken\"\nbind = \"127.0.0.1:{other.Port}\"\n"))
        {
            Assert.Equal(1, await failing.ExitAsync());
            Assert.StartsWith($"sniforward: listener \"taken\" cannot listen on 127.0.0.1:{other.Port}", failing.Errors, StringComparison.Ordinal);
        }
        await first.LineAsync(Failed());
        Assert.StartsWith("hello", await TestClient.AskAsync(Address, "a.example"), StringComparison.Ordinal);

        await using var second = await ServingAsync(server, 2);
        await EndedAsync(first);
        Assert.StartsWith("hello", await TestClient.AskAsync(Address, "a.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_hands_nothing_over_is_named_and_status_1()
    {
        using var server = TestServer.Echo("hello");
        using var stranger = TestServer.Echo("what?", new UnixDomainSocketEndPoint(Path.Combine(_folder, "control")));
        await using var forwarder = await StartAsync(server, 2);

        Assert.Equal(1, await forwarder.ExitAsync());
        Assert.Matches("^sniforward: what listens on control cannot be taken over from: it says what is not understood; is it [^\n]*\n$", forwarder.Errors);
    }

    [Fact]
    public async Task Only_its_user_can_ask_for_the_sockets()
    {
        using var server = TestServer.Echo("hello");
        await using var forwarder = await ServingAsync(server, 2);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "control")));
    }

    private Task WriteAsync(TestServer server, int threads, string more) => File.WriteAllTextAsync(
        Path.Combine(_folder, "forward.toml"),
        $"{engine.Line()}\nthreads = {threads}\nwatch = false\n[[listener]]\nbind = \"127.0.0.1:{_port}\"\n[default]\nbackend = \"127.0.0.1:{server.Port}\"\n{more}",
        TestContext.Current.CancellationToken);

    private async Task<ForwarderProcess> StartAsync(TestServer server, int threads, string more = "")
    {
        await WriteAsync(server, threads, more);
        return ForwarderProcess.Start(_folder, "run", "--take-over", "control");
    }

    private async Task<ForwarderProcess> ServingAsync(TestServer server, int threads, string more = "")
    {
        var forwarder = await StartAsync(server, threads, more);
        await forwarder.LineAsync(Ready());
        return forwarder;
    }

    private static async Task EndedAsync(ForwarderProcess forwarder)
    {
        Assert.Equal(0, await forwarder.ExitAsync());
        Assert.Empty(forwarder.Errors);
    }

    /// <summary>A client on whose connection bytes went both ways.</summary>
    private async Task<TestClient> OpenAsync()
    {
        var client = await TestClient.ConnectAsync(Address);
        await client.SendAsync(Request);
        await client.ReadAsync($"hello\n{Request}".Length);
        return client;
    }

    /// <summary>Asks again and again, each time on a new connection that has to end in order; how often.</summary>
    private async Task<int> AskUntilAsync(CancellationToken over)
    {
        var asked = 0;
        for (; !over.IsCancellationRequested; asked++) Assert.Equal($"hello\n{Request}", await TestClient.AskAsync(Address, "a.example"));
        return asked;
    }

    private static async Task<int> AskReadinessUntilAsync(IPEndPoint admin, CancellationToken over)
    {
        var asked = 0;
        for (; !over.IsCancellationRequested; asked++)
        {
            using var client = await TestClient.ConnectAsync(admin);
            await client.SendAsync("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            var answer = await client.ReadAllTextAsync();
            Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
            Assert.Contains("serving", answer, StringComparison.Ordinal);
        }
        return asked;
    }

    [GeneratedRegex("is what runs now; changes: ")]
    private static partial Regex Reloaded();

    [GeneratedRegex("draining: ")]
    private static partial Regex Draining();

    [GeneratedRegex("ready;")]
    private static partial Regex Ready();

    [GeneratedRegex("a take-over has failed, and this process goes on: process [0-9]+ ended before it served")]
    private static partial Regex Failed();
}

public sealed class TakeOverTestsOnEpoll() : TakeOverTests(Engine.Epoll);

public sealed class TakeOverTestsOnSockets() : TakeOverTests(Engine.Sockets);
