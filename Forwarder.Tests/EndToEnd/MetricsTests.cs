using System.Security.Authentication;
using SniForward.Tests.Securing;

namespace SniForward.Tests.EndToEnd;

/// <summary>What is counted, exactly, after traffic that is known.</summary>
public abstract class MetricsTests(Engine engine)
{
    private const string Web = "[[listener]]\nname = \"web\"\nbind = \"127.0.0.1:0\"\n";

    [Fact]
    public async Task Connections_and_their_bytes_are_counted_by_listener_route_backend_and_server()
    {
        using var first = Answering(1000);
        using var second = Answering(2000);
        using var other = Answering(10);
        await using var forwarder = engine.Start($"""
            {Web}
            [[route]]
            hosts = ["a.example", "b.example"]
            backend = "pool"
            [[route]]
            hosts = ["*.c.example"]
            protocol = "http"
            backend = "127.0.0.1:{other.Port}"
            [backend.pool]
            servers = ["127.0.0.1:{first.Port}", "127.0.0.1:{second.Port}"]
            """);
        using var figures = Figures.Of(forwarder);

        foreach (var host in new[] { "a.example", "b.example", "b.example", "a.example", "x.c.example", "lost.example", "lost.example" })
        {
            await TestClient.AskAsync(forwarder.Address, host);
            await forwarder.NextAccessLineAsync();
        }

        var flow = "listener=web,route=a.example,backend=pool,server=127.0.0.1:";
        var wild = $"listener=web,route=*.c.example,backend=127.0.0.1:{other.Port},server=127.0.0.1:{other.Port}";
        var request = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n".Length;
        var expected = new Dictionary<string, double>
        {
            ["sniforward.connections.accepted{listener=web}"] = 7,
            ["sniforward.connections.open{listener=web}"] = 0,
            ["sniforward.connections.ended{listener=web,end=completed,forwarded=true}"] = 5,
            ["sniforward.connections.ended{listener=web,end=no_route,forwarded=false}"] = 2,
            [$"sniforward.forwarded.connections{{{flow}{first.Port}}}"] = 2,
            [$"sniforward.forwarded.connections{{{flow}{second.Port}}}"] = 2,
            [$"sniforward.forwarded.connections{{{wild}}}"] = 1,
            [$"sniforward.forwarded.open{{{flow}{first.Port}}}"] = 0,
            [$"sniforward.forwarded.open{{{flow}{second.Port}}}"] = 0,
            [$"sniforward.forwarded.open{{{wild}}}"] = 0,
            [$"sniforward.forwarded.bytes{{{flow}{first.Port},direction=up}}"] = 2 * request,
            [$"sniforward.forwarded.bytes{{{flow}{first.Port},direction=down}}"] = 2000,
            [$"sniforward.forwarded.bytes{{{flow}{second.Port},direction=up}}"] = 2 * request,
            [$"sniforward.forwarded.bytes{{{flow}{second.Port},direction=down}}"] = 4000,
            [$"sniforward.forwarded.bytes{{{wild},direction=up}}"] = request + 2,
            [$"sniforward.forwarded.bytes{{{wild},direction=down}}"] = 10,
            [$"sniforward.server.connects{{backend=pool,server=127.0.0.1:{first.Port},result=ok}}"] = 2,
            [$"sniforward.server.connects{{backend=pool,server=127.0.0.1:{second.Port},result=ok}}"] = 2,
            [$"sniforward.server.connects{{backend=127.0.0.1:{other.Port},server=127.0.0.1:{other.Port},result=ok}}"] = 1,
            ["sniforward.peek.duration{listener=web}"] = 7,
            ["sniforward.connect.duration{backend=pool}"] = 4,
            [$"sniforward.connect.duration{{backend=127.0.0.1:{other.Port}}}"] = 1,
            ["sniforward.connection.duration{listener=web}"] = 5,
        };
        Assert.Equal(expected.OrderBy(figure => figure.Key), Traffic(figures.Read()).OrderBy(figure => figure.Key));
    }

    [Fact]
    public async Task Bytes_are_counted_while_they_move_and_connections_while_they_are_open()
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start($"{Web}[default]\nbackend = \"127.0.0.1:{server.Port}\"");
        using var figures = Figures.Of(forwarder);
        var flow = $"listener=web,route=default,backend=127.0.0.1:{server.Port},server=127.0.0.1:{server.Port}";
        using var silent = await TestClient.ConnectAsync(forwarder);
        using var client = await TestClient.ConnectAsync(forwarder);
        await client.SendAsync("GET / HTTP/1.0\r\n\r\n");
        using var accepted = await server.AcceptAsync();

        accepted.Send(new byte[100_000]);
        await client.ReadAsync(100_000);

        Expect(figures, $"sniforward.forwarded.bytes{{{flow},direction=down}}", 100_000);
        Assert.Equal(18, figures[$"sniforward.forwarded.bytes{{{flow},direction=up}}"]);
        Assert.Equal(1, figures[$"sniforward.forwarded.open{{{flow}}}"]);
        // The silent one has nobody who tells that it was accepted.
        Expect(figures, "sniforward.connections.open{listener=web}", 2);
        client.Reset();
        await forwarder.NextAccessLineAsync();
        Assert.Equal(0, figures[$"sniforward.forwarded.open{{{flow}}}"]);
        Assert.Equal(1, figures["sniforward.connections.open{listener=web}"]);
        Assert.Equal(1, figures["sniforward.connections.ended{listener=web,end=client_reset,forwarded=true}"]);
    }

    [Fact]
    public async Task Attempts_are_counted_by_how_they_ended_and_those_after_a_failure_as_retries()
    {
        using var server = Answering(10);
        var refusing = TestServer.RefusingPort();
        await using var forwarder = engine.Start($"""
            {Web}
            [default]
            backend = "pool"
            [backend.pool]
            servers = ["127.0.0.1:{refusing}", "127.0.0.1:{server.Port}"]
            """);
        using var figures = Figures.Of(forwarder);

        for (var i = 0; i < 2; i++) await TestClient.AskAsync(forwarder.Address, "a.example");

        Assert.Equal(1, figures[$"sniforward.server.connects{{backend=pool,server=127.0.0.1:{refusing},result=refused}}"]);
        Assert.Equal(2, figures[$"sniforward.server.connects{{backend=pool,server=127.0.0.1:{server.Port},result=ok}}"]);
        Assert.Equal(1, figures["sniforward.backend.retries{backend=pool}"]);
    }

    [Fact]
    public async Task Names_that_clients_choose_are_in_no_label()
    {
        using var server = Answering(10);
        await using var forwarder = engine.Start($$"""
            {{Web}}
            [[route]]
            hosts = ["localhost", "*.chosen.localhost"]
            backend = "{name}:{{server.Port}}"
            allow_addresses = ["127.0.0.0/8"]
            """);
        using var figures = Figures.Of(forwarder);

        for (var i = 0; i < 5; i++)
        {
            foreach (var name in new[] { "localhost", $"name-{i}.chosen.localhost", $"name-{i}.example" })
            {
                await TestClient.AskAsync(forwarder.Address, name);
                await forwarder.NextAccessLineAsync();
            }
        }

        var all = figures.Read();
        Assert.DoesNotContain(all.Keys, name => name.Contains("name-", StringComparison.Ordinal));
        Assert.Equal(5, all[$"sniforward.forwarded.connections{{listener=web,route=localhost,backend={{name}}:{server.Port},server=dynamic}}"]);
        Assert.Equal(5, all[$"sniforward.server.connects{{backend={{name}}:{server.Port},server=dynamic,result=ok}}"]);
        Assert.Equal(5, all.Where(figure => figure.Key.StartsWith("sniforward.server.connects", StringComparison.Ordinal) && !figure.Key.Contains("result=ok", StringComparison.Ordinal)).Sum(figure => figure.Value));
    }

    [Fact]
    public async Task Handshakes_are_counted_by_how_they_ended_and_hellos_measured()
    {
        using var server = Answering(10);
        var folder = Directory.CreateTempSubdirectory("sniforward");
        var (certificate, key) = (Path.Combine(folder.FullName, "site.pem"), Path.Combine(folder.FullName, "site.key"));
        new TestAuthority().IssueEcdsa("a.example").WritePem(certificate, key);
        await using var forwarder = engine.Start($$"""
            {{Web}}
            [[route]]
            hosts = ["a.example"]
            tls = { certificate = "{{certificate}}", key = "{{key}}", min_version = "1.3", host_must_match = false }
            backend = "127.0.0.1:{{server.Port}}"
            """);
        folder.Delete(recursive: true);
        using var figures = Figures.Of(forwarder);

        using (var client = await TestClient.ConnectAsync(forwarder)) await client.StartTlsAsync("a.example");
        await forwarder.NextAccessLineAsync();
        using (var client = await TestClient.ConnectAsync(forwarder))
            await Assert.ThrowsAnyAsync<Exception>(() => client.StartTlsAsync("a.example", SslProtocols.Tls12));
        await forwarder.NextAccessLineAsync();

        var all = figures.Read();
        Assert.Equal(1, all["sniforward.tls.handshakes{peer=client,result=ok}"]);
        Assert.Equal(1, all["sniforward.tls.handshakes{peer=client,result=failed}"]);
        Assert.Equal(1, all["sniforward.tls.handshake.duration{peer=client}"]);
        Assert.Equal(2, all["sniforward.tls.hello.size{listener=web}"]);
        var expires = all[$"sniforward.certificate.not_after{{file={certificate},name=a.example}}"];
        Assert.InRange(expires - DateTimeOffset.UtcNow.ToUnixTimeSeconds(), 398 * 86_400, 400 * 86_400);
    }

    [Fact]
    public async Task Servers_are_up_or_down_with_their_checks_and_who_waits_for_them_is_counted()
    {
        using var server = TestServer.Start();
        var refusing = TestServer.RefusingPort();
        await using var forwarder = engine.Start($$"""
            {{Web}}
            [default]
            backend = "pool"
            [backend.pool]
            servers = ["127.0.0.1:{{server.Port}}", "127.0.0.1:{{refusing}}"]
            max_connections = 1
            queue = 10
            health = { interval = "100ms", jitter = "0s", fall = 2 }
            """);
        using var figures = Figures.Of(forwarder);

        await forwarder.LineAsync("is down");
        using var first = await TestClient.ConnectAsync(forwarder);
        await first.SendAsync("GET / HTTP/1.0\r\n\r\n");
        Expect(figures, $"sniforward.forwarded.open{{listener=web,route=default,backend=pool,server=127.0.0.1:{server.Port}}}", 1);
        using var second = await TestClient.ConnectAsync(forwarder);
        await second.SendAsync("GET / HTTP/1.0\r\n\r\n");

        Expect(figures, "sniforward.backend.waiting{backend=pool}", 1);
        var all = figures.Read();
        Assert.Equal(1, all[$"sniforward.server.up{{backend=pool,server=127.0.0.1:{server.Port}}}"]);
        Assert.Equal(0, all[$"sniforward.server.up{{backend=pool,server=127.0.0.1:{refusing}}}"]);
        Assert.Equal((1, 0, 1), (all["sniforward.backend.servers{backend=pool,state=up}"], all["sniforward.backend.servers{backend=pool,state=suspect}"], all["sniforward.backend.servers{backend=pool,state=down}"]));
        Assert.InRange(all[$"sniforward.server.checks{{backend=pool,server=127.0.0.1:{refusing},result=failed}}"], 2, double.MaxValue);
        Assert.Equal(0, all[$"sniforward.server.checks{{backend=pool,server=127.0.0.1:{refusing},result=passed}}"]);
        Assert.InRange(all[$"sniforward.server.checks{{backend=pool,server=127.0.0.1:{server.Port},result=passed}}"], 1, double.MaxValue);
    }

    [Fact]
    public async Task What_the_process_has_is_shown()
    {
        await using var forwarder = engine.Start($"{Web}[limits]\nconnections = 7\nconnections_per_client = 5\n");
        using var figures = Figures.Of(forwarder);
        using var client = await TestClient.ConnectAsync(forwarder);

        Expect(figures, "sniforward.clients.known{}", 1);
        var all = figures.Read();
        Assert.Equal(7, all["sniforward.connections.limit{}"]);
        Assert.Equal(0, all["sniforward.access_log.dropped{}"]);
        Assert.Equal(0, all["sniforward.tls.handshakes.running{}"]);
        if (engine == Engine.Epoll) Assert.InRange(all["sniforward.engine.loops{engine=0}"], 1, double.MaxValue);
        if (OperatingSystem.IsLinux()) Assert.InRange(all["sniforward.files.open{}"], 10, all["sniforward.files.limit{}"]);
    }

    [Fact]
    public async Task Whoever_looks_while_connections_come_and_go_sees_no_count_go_back_and_none_open_below_zero()
    {
        using var server = Answering(10);
        await using var forwarder = engine.Start($"{Web}[default]\nbackend = \"127.0.0.1:{server.Port}\"");
        using var figures = Figures.Of(forwarder);
        var load = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++) await TestClient.AskAsync(forwarder.Address, "a.example");
        })));

        var before = new Dictionary<string, double>();
        do
        {
            var now = figures.Read();
            Assert.All(now, figure => Assert.InRange(figure.Value, 0, double.MaxValue));
            Assert.All(before.Where(figure => figures.IsCount(figure.Key)), figure => Assert.InRange(now[figure.Key], figure.Value, double.MaxValue));
            before = now;
        }
        while (!load.IsCompleted);
        await load;

        Expect(figures, "sniforward.connections.open{listener=web}", 0);
        Assert.Equal(800, figures["sniforward.connections.accepted{listener=web}"]);
    }

    /// <summary>A server that answers a request with so many bytes.</summary>
    private static TestServer Answering(int bytes) => TestServer.Start(async stream =>
    {
        await stream.WriteAsync(new byte[bytes]);
        await stream.CopyToAsync(Stream.Null);
    });

    private static void Expect(Figures figures, string name, double value) =>
        Assert.True(SpinWait.SpinUntil(() => figures[name] == value, Patience.Limit), $"{name} is {figures[name]}, and not {value}.");

    private static IEnumerable<KeyValuePair<string, double>> Traffic(Dictionary<string, double> all) => all.Where(figure =>
        (figure.Key.StartsWith("sniforward.connect", StringComparison.Ordinal) && !figure.Key.StartsWith("sniforward.connections.limit", StringComparison.Ordinal)) || figure.Key.StartsWith("sniforward.forwarded", StringComparison.Ordinal)
        || figure.Key.StartsWith("sniforward.server.connects", StringComparison.Ordinal) || figure.Key.StartsWith("sniforward.peek.duration", StringComparison.Ordinal));
}

public sealed class MetricsTestsOnEpoll() : MetricsTests(Engine.Epoll);

public sealed class MetricsTestsOnSockets() : MetricsTests(Engine.Sockets);
