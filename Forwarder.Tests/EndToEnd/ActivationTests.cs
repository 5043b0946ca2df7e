using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace SniForward.Tests.EndToEnd;

/// <summary>The program on sockets that whoever starts it has made, and keeps while there is no process: systemd's socket activation.</summary>
public abstract partial class ActivationTests(Engine engine) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task No_client_is_refused_or_cut_while_the_program_is_restarted()
    {
        using var server = TestServer.Echo("hello");
        await using var forwarder = Start(server, "[\"{0}\"]", "127.0.0.1:0");
        var address = await forwarder.AddressAsync();
        using var over = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(_ => AskUntilAsync(address, over.Token)).ToList();

        for (var restart = 0; restart < 4; restart++)
        {
            forwarder.Signal("HUP");
            await forwarder.LineAsync(Stopped());
            Assert.Equal(address, await forwarder.AddressAsync());
            await forwarder.LineAsync(Ended());
        }
        await over.CancelAsync();

        foreach (var client in clients) Assert.InRange(await client.InTimeAsync(), 1, int.MaxValue);
        await EndAsync(forwarder);
    }

    [Fact]
    public async Task A_unix_socket_that_was_given_is_left_where_it_is()
    {
        var path = Path.Combine(_folder, "given.sock");
        using var server = TestServer.Echo("hello");
        await using var forwarder = Start(server, "[\"{0}\"]", path);
        await forwarder.LineAsync(Ready());

        Assert.StartsWith("hello", await TestClient.AskAsync(new UnixDomainSocketEndPoint(path), "a.example"), StringComparison.Ordinal);
        await EndAsync(forwarder);

        Assert.True(File.Exists(path));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Every_one_of_several_sockets_of_one_address_is_accepted_from(int threads)
    {
        using var server = TestServer.Echo("hello");
        await using var forwarder = Start(server, "[\"{0}\"]", threads, "127.0.0.1:0", "127.0.0.1:0");
        var address = await forwarder.AddressAsync();

        // The kernel shares them out by a hash: one socket of two gets them all in 1 of 2^39 runs.
        for (var i = 0; i < 40; i++) Assert.StartsWith("hello", await TestClient.AskAsync(address, "a.example"), StringComparison.Ordinal);
        await EndAsync(forwarder);
    }

    [Fact]
    public async Task Sockets_that_no_listener_wants_are_named_and_closed_and_the_others_used()
    {
        using var server = TestServer.Echo("hello");
        await using var forwarder = Start(server, "[\"127.0.0.1:0\", \"{1}\"]", "127.0.0.2:0", "127.0.0.3:0");

        var unwanted = await forwarder.LineAsync(Unwanted());
        var own = await forwarder.AddressAsync();
        var given = await forwarder.AddressAsync();

        Assert.Equal("127.0.0.2", unwanted.Groups[1].Value);
        Assert.Equal(IPAddress.Parse("127.0.0.3"), given.Address);
        Assert.StartsWith("hello", await TestClient.AskAsync(own, "a.example"), StringComparison.Ordinal);
        Assert.StartsWith("hello", await TestClient.AskAsync(given, "a.example"), StringComparison.Ordinal);
        await EndAsync(forwarder);
    }

    [Fact]
    public async Task What_was_given_and_is_no_listening_socket_is_named_and_closed()
    {
        using var server = TestServer.Echo("hello");
        Write(server, "[\"127.0.0.1:0\"]");
        var command = $"exec 3</dev/null; LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=file exec dotnet {ForwarderProcess.Program}";
        await using var forwarder = ForwarderProcess.Start(new ProcessStartInfo("sh", ["-c", command]), _folder);

        Assert.Equal("descriptor 3, \"file\"", (await forwarder.LineAsync(Unusable())).Groups[1].Value);
        Assert.Equal("descriptor 4, \"unknown\"", (await forwarder.LineAsync(Unusable())).Groups[1].Value);
        Assert.StartsWith("hello", await TestClient.AskAsync(await forwarder.AddressAsync(), "a.example"), StringComparison.Ordinal);
    }

    private ForwarderProcess Start(TestServer server, string bind, params string[] sockets) => Start(server, bind, threads: 0, sockets);

    private ForwarderProcess Start(TestServer server, string bind, int threads, params string[] sockets)
    {
        Write(server, bind, threads);
        var script = Path.Combine(AppContext.BaseDirectory, "EndToEnd", "activate.py");
        string[] arguments = [script, .. sockets, "--", "dotnet", ForwarderProcess.Program];
        return ForwarderProcess.Start(new ProcessStartInfo(Machine.NeedsCommand("python3"), arguments), _folder);
    }

    private void Write(TestServer server, string bind, int threads = 0) => File.WriteAllText(
        Path.Combine(_folder, "forward.toml"),
        $"{engine.Line()}\nthreads = {threads}\n[[listener]]\nbind = {bind}\n[default]\nbackend = \"127.0.0.1:{server.Port}\"\n");

    private static async Task EndAsync(ForwarderProcess forwarder)
    {
        forwarder.Signal("TERM");
        Assert.Equal(0, await forwarder.ExitAsync());
        Assert.Empty(forwarder.Errors);
    }

    /// <summary>Asks again and again, each time on a new connection that has to end in order; how often.</summary>
    private static async Task<int> AskUntilAsync(IPEndPoint address, CancellationToken over)
    {
        const string Request = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
        var asked = 0;
        for (; !over.IsCancellationRequested; asked++) Assert.Equal($"hello\n{Request}", await TestClient.AskAsync(address, "a.example"));
        return asked;
    }

    [GeneratedRegex("stopped: every connection has ended")]
    private static partial Regex Stopped();

    [GeneratedRegex("end=completed")]
    private static partial Regex Ended();

    [GeneratedRegex("ready;")]
    private static partial Regex Ready();

    [GeneratedRegex(@"given to listen on: descriptor 3, ""web"", at ([0-9.]+):\d+, is no listener's address and is closed")]
    private static partial Regex Unwanted();

    [GeneratedRegex("given to listen on: (.*), is no stream socket that listens; it is closed")]
    private static partial Regex Unusable();
}

public sealed class ActivationTestsOnEpoll() : ActivationTests(Engine.Epoll);

public sealed class ActivationTestsOnSockets() : ActivationTests(Engine.Sockets);
