using System.Runtime.CompilerServices;
using SniForward.Startup.Configuration;

namespace SniForward.Tests.EndToEnd;

/// <summary>What a reload leaves of the configuration before it: nothing that nobody uses any more.</summary>
public abstract class ReloadLeakTests(Engine engine)
{
    private const string Request = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

    [Fact]
    public async Task What_ran_before_is_forgotten_when_its_last_connection_has_ended()
    {
        using var server = TestServer.Echo("server");
        await using var forwarder = TestForwarder.Start(Toml(server, -1));
        var old = new List<WeakReference>();
        using var open = await ReloadAsync(forwarder, server, 0, old);
        var (kept, count) = (old.Count, 0);
        for (var i = 1; i < 20; i++)
        {
            count = old.Count;
            using var closed = await ReloadAsync(forwarder, server, i, old);
            closed.EndSending();
            await closed.ReadAllAsync();
        }

        // Those of the connection that is open, and the last.
        AssertForgotten(old[kept..count]);
        Assert.Contains(old[..kept], reference => reference.IsAlive);
        open.EndSending();
        await open.ReadAllAsync();

        AssertForgotten(old[..count]);
        Assert.Contains(old[count..], reference => reference.IsAlive);
    }

    [Fact]
    public async Task What_a_reload_does_not_change_stays_the_same()
    {
        using var server = TestServer.Echo("server");
        await using var forwarder = TestForwarder.Start(Toml(server, 1));
        var (rules, backends) = (forwarder.Forwarder.Rules[0], forwarder.Forwarder.Backends.ToArray());

        forwarder.Forwarder.Reload(Config(Toml(server, 1)));
        Assert.Same(rules, forwarder.Forwarder.Rules[0]);

        forwarder.Forwarder.Reload(Config(Toml(server, 1) + "\n[timeouts]\nidle = \"7s\""));
        Assert.NotSame(rules, forwarder.Forwarder.Rules[0]);
        Assert.Same(rules.Routes, forwarder.Forwarder.Rules[0].Routes);
        Assert.Equal(backends, forwarder.Forwarder.Backends);

        forwarder.Forwarder.Reload(Config(Toml(server, 2)));
        Assert.NotSame(rules.Routes, forwarder.Forwarder.Rules[0].Routes);
        Assert.Same(backends[0], forwarder.Forwarder.Backends[0]);
        Assert.NotSame(backends[1], forwarder.Forwarder.Backends[1]);
    }

    private string Toml(TestServer server, int number) => $"""
        {engine.Line()}
        [[listener]]
        bind = "127.0.0.1:0"
        [[route]]
        hosts = ["a.example"]
        backend = "same"
        [[route]]
        hosts = ["{number}.example"]
        backend = "other"
        [backend.same]
        servers = ["127.0.0.1:{server.Port}"]
        [backend.other]
        servers = ["127.0.0.1:{server.Port}", "[::1]:{1000 + number}"]
        health.interval = "1h"
        """;

    /// <summary>A connection by another configuration, and what that is made of.</summary>
    private async Task<TestClient> ReloadAsync(TestForwarder forwarder, TestServer server, int number, List<WeakReference> made)
    {
        Reload(forwarder, Toml(server, number), made);
        var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync(Request);
        await client.ReadAsync($"server\n{Request}".Length);
        return client;
    }

    /// <summary>Apart, so that no variable of the test keeps any of it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Reload(TestForwarder forwarder, string toml, List<WeakReference> made)
    {
        var config = Config(toml);
        forwarder.Forwarder.Reload(config);
        var rules = forwarder.Forwarder.Rules[0];
        made.AddRange([new(config), new(rules), new(rules.Routes), new(rules.Backends), new(rules.Backends[1]), new(rules.Backends[1].Servers[1])]);
    }

    private static void AssertForgotten(IReadOnlyCollection<WeakReference> references)
    {
        Assert.NotEmpty(references);
        // What has ended on another thread may still be on its stack.
        SpinWait.SpinUntil(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return references.All(reference => !reference.IsAlive);
            },
            Patience.Limit);
        Assert.Equal([], references.Select(reference => reference.Target?.GetType().Name).OfType<string>());
    }

    private static ForwarderConfig Config(string toml)
    {
        var read = ConfigReader.Read(toml, "test.toml");
        Assert.Equal("", string.Join('\n', read.Errors));
        return read.Config!;
    }
}

public sealed class ReloadLeakTestsOnEpoll() : ReloadLeakTests(Engine.Epoll);

public sealed class ReloadLeakTestsOnSockets() : ReloadLeakTests(Engine.Sockets);
