using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace SniForward.Tests.EndToEnd;

/// <summary>What the program tells whoever runs it as a service (sd_notify(3)), over a real socket.</summary>
public abstract partial class ServiceManagerTests(Engine engine) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task It_is_ready_alive_and_stopping()
    {
        using var server = TestServer.Echo("hello");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, "notify")));
        await using var forwarder = Start(server, ("WATCHDOG_USEC", "200000"));

        Assert.Equal("READY=1\nSTATUS=serving", await HeardAsync(manager));
        Assert.StartsWith("hello", await TestClient.AskAsync(await forwarder.AddressAsync(), "a.example"), StringComparison.Ordinal);
        Assert.Equal("WATCHDOG=1", await HeardAsync(manager));
        Assert.Equal("WATCHDOG=1", await HeardAsync(manager));
        forwarder.Signal("TERM");
        string heard;
        do heard = await HeardAsync(manager);
        while (heard == "WATCHDOG=1");

        Assert.Equal("STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=40000000", heard);
        Assert.Equal(0, await forwarder.ExitAsync());
    }

    [Fact]
    public async Task It_asks_for_the_time_that_its_drain_takes_by_now()
    {
        using var server = TestServer.Echo("hello");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, "notify")));
        await using var forwarder = Start(server);
        Assert.Equal("READY=1\nSTATUS=serving", await HeardAsync(manager));

        await File.AppendAllTextAsync(Path.Combine(_folder, "forward.toml"), "[timeouts]\ndrain = \"2h\"\ndrain_delay = \"1ms\"\n", TestContext.Current.CancellationToken);
        forwarder.Signal("HUP");
        Assert.StartsWith("RELOADING=1\n", await HeardAsync(manager), StringComparison.Ordinal);
        Assert.Equal("READY=1\nSTATUS=serving", await HeardAsync(manager));
        forwarder.Signal("TERM");

        Assert.Equal("STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=7210001000", await HeardAsync(manager));
        Assert.Equal(0, await forwarder.ExitAsync());
    }

    [Fact]
    public async Task A_service_manager_that_does_not_listen_is_a_warning()
    {
        using var server = TestServer.Echo("hello");
        await using var forwarder = Start(server);

        await forwarder.LineAsync(NotTold());
        forwarder.Signal("TERM");

        Assert.Equal(0, await forwarder.ExitAsync());
    }

    private ForwarderProcess Start(TestServer server, params (string Name, string Value)[] environment)
    {
        File.WriteAllText(
            Path.Combine(_folder, "forward.toml"),
            $"{engine.Line()}\n[[listener]]\nbind = \"127.0.0.1:0\"\n[default]\nbackend = \"127.0.0.1:{server.Port}\"\n");
        var start = new ProcessStartInfo("dotnet", [ForwarderProcess.Program]);
        start.Environment["NOTIFY_SOCKET"] = Path.Combine(_folder, "notify");
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return ForwarderProcess.Start(start, _folder);
    }

    private static async Task<string> HeardAsync(Socket manager)
    {
        var message = new byte[1024];
        return Encoding.ASCII.GetString(message, 0, await manager.ReceiveAsync(message, TestContext.Current.CancellationToken).AsTask().InTimeAsync());
    }

    [GeneratedRegex("the service manager could not be told READY=1 STATUS=serving: ")]
    private static partial Regex NotTold();
}

public sealed class ServiceManagerTestsOnEpoll() : ServiceManagerTests(Engine.Epoll);

public sealed class ServiceManagerTestsOnSockets() : ServiceManagerTests(Engine.Sockets);
