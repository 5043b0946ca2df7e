using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using SniForward.Tests.Admin;

namespace SniForward.Tests.EndToEnd;

/// <summary>The figures of the program, as Prometheus gets them.</summary>
public abstract partial class ScrapeTests(Engine engine) : IDisposable
{
    private const string Request = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    private const int Clients = 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task After_known_traffic_the_figures_are_exact()
    {
        using var server = TestServer.Echo("hello");
        Write($"[[route]]\nhosts = [\"a.example\"]\nbackend = \"127.0.0.1:{server.Port}\"");
        await using var forwarder = ForwarderProcess.Start(_folder);
        using var admin = new AdminClient(await AdminAddressAsync(forwarder));
        var address = await forwarder.AddressAsync();

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => TestClient.AskAsync(address, "a.example")));
        await TestClient.AskAsync(address, "lost.example");
        for (var i = 0; i <= Clients; i++) await forwarder.LineAsync(AccessLine());
        var scrape = await Scrape.OfAsync(admin);

        var flow = $"listener=\"web\",route=\"a.example\",server=\"127.0.0.1:{server.Port}\"";
        Assert.Equal(Clients + 1, scrape["sniforward_connections_accepted_total{listener=\"web\"}"]);
        Assert.Equal(0, scrape["sniforward_connections_open{listener=\"web\"}"]);
        Assert.Equal(Clients, scrape["sniforward_connections_ended_total{end=\"completed\",forwarded=\"true\",listener=\"web\"}"]);
        Assert.Equal(1, scrape["sniforward_connections_ended_total{end=\"no_route\",forwarded=\"false\",listener=\"web\"}"]);
        Assert.Equal(Clients * Request.Length, scrape[$"sniforward_forwarded_bytes_total{{backend=\"127.0.0.1:{server.Port}\",direction=\"up\",{flow}}}"]);
        Assert.Equal(Clients * $"hello\n{Request}".Length, scrape[$"sniforward_forwarded_bytes_total{{backend=\"127.0.0.1:{server.Port}\",direction=\"down\",{flow}}}"]);
        Assert.Equal(Clients + 1, scrape["sniforward_peek_duration_seconds_count{listener=\"web\"}"]);
        Assert.Equal(Clients, scrape["sniforward_connection_duration_seconds_count{listener=\"web\"}"]);
        Assert.Equal(1, scrape[$"sniforward_server_up{{backend=\"127.0.0.1:{server.Port}\",server=\"127.0.0.1:{server.Port}\"}}"]);
        Assert.InRange(scrape["dotnet_process_cpu_time_seconds_total{cpu_mode=\"user\"}"], 0.001, 1000);
        Assert.DoesNotContain(scrape.Series.Keys, series => series.Contains("lost", StringComparison.Ordinal));
    }

    [Fact]
    public async Task They_are_shown_from_the_start_to_the_end_of_the_drain_and_only_to_who_has_the_token()
    {
        using var server = TestServer.Echo("hello");
        Write($"[default]\nbackend = \"127.0.0.1:{server.Port}\"", "token = \"0123456789abcdef\"");
        await using var forwarder = ForwarderProcess.Start(_folder);
        var address = await AdminAddressAsync(forwarder);
        using var admin = new AdminClient(address, "0123456789abcdef");
        using var stranger = new AdminClient(address);
        using var client = await TestClient.ConnectAsync(await forwarder.AddressAsync());
        await client.SendAsync(Request);
        await client.ReadAsync($"hello\n{Request}".Length);

        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("/metrics")).Status);
        forwarder.Signal("TERM");
        await forwarder.LineAsync(Draining());

        Assert.Equal(1, (await Scrape.OfAsync(admin))["sniforward_connections_open{listener=\"web\"}"]);
        client.EndSending();
        Assert.Equal(0, await forwarder.ExitAsync());
    }

    [Fact]
    public async Task What_a_reload_removes_is_shown_no_more_once_its_last_connection_has_ended()
    {
        using var server = TestServer.Echo("hello");
        string[] names = ["\"old.example\"", "\"old\"", "\"127.0.0.2:1\""];
        var old = $"[backend.old]\nservers = [\"127.0.0.1:{server.Port}\", {{ address = \"127.0.0.2:1\", backup = true }}]\n[[route]]\nhosts = [\"old.example\"]\nbackend = \"old\"\n";
        var rest = $"[default]\nbackend = \"127.0.0.1:{server.Port}\"\n";
        Write(rest + old);
        await using var forwarder = ForwarderProcess.Start(_folder);
        using var admin = new AdminClient(await AdminAddressAsync(forwarder));
        var address = await forwarder.AddressAsync();
        using var client = await TestClient.ConnectAsync(address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: old.example\r\n\r\n");
        await client.ReadAsync("hello\n".Length);
        await ShowsAsync(admin, text => Array.TrueForAll(names, name => text.Contains(name, StringComparison.Ordinal)));

        Write(rest);
        forwarder.Signal("HUP");
        await forwarder.LineAsync(Reloaded());
        await ShowsAsync(admin, text => text.Contains("sniforward_reloads_total{outcome=\"applied\"} 1\n", StringComparison.Ordinal)
            && text.Contains("sniforward_forwarded_open{backend=\"old\"", StringComparison.Ordinal)
            && !text.Contains("sniforward_server_up{backend=\"old\"", StringComparison.Ordinal));
        client.EndSending();
        await forwarder.LineAsync(AccessLine());

        await ShowsAsync(admin, text => Array.TrueForAll(names, name => !text.Contains(name, StringComparison.Ordinal)));
        Write("nonsense = 1");
        forwarder.Signal("HUP");
        await ShowsAsync(admin, text => text.Contains("sniforward_reloads_total{outcome=\"refused\"} 1\n", StringComparison.Ordinal));
    }

    /// <summary>Waits until everything but the histograms is as it should be: for a moment every answer is the same.</summary>
    private static async Task ShowsAsync(AdminClient admin, Predicate<string> holds)
    {
        var started = Stopwatch.StartNew();
        string text;
        do
        {
            text = string.Join('\n', (await Scrape.OfAsync(admin)).Text.Split('\n').Where(line =>
                line.StartsWith("sniforward_", StringComparison.Ordinal) && !line.Contains("_duration_", StringComparison.Ordinal))) + "\n";
            Assert.True(started.Elapsed < Patience.Limit, text);
        }
        while (!holds(text));
    }

    [Fact]
    public async Task Promtool_finds_nothing_amiss_with_them()
    {
        var promtool = Machine.NeedsCommand("promtool");
        using var server = TestServer.Echo("hello");
        Write($"[default]\nbackend = \"127.0.0.1:{server.Port}\"");
        await using var forwarder = ForwarderProcess.Start(_folder);
        using var admin = new AdminClient(await AdminAddressAsync(forwarder));
        await TestClient.AskAsync(await forwarder.AddressAsync(), "a.example");
        var own = (await Scrape.OfAsync(admin)).Text.Split('\n').Where(line => line.Contains("sniforward_", StringComparison.Ordinal));

        using var check = Process.Start(new ProcessStartInfo(promtool, ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        await check.StandardInput.WriteAsync(string.Join('\n', own) + "\n");
        check.StandardInput.Close();
        var said = await check.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).InTimeAsync()
            + await check.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken).InTimeAsync();

        Assert.Equal("", said);
    }

    private void Write(string toml, string admin = "") => File.WriteAllText(
        Path.Combine(_folder, "forward.toml"),
        $"{engine.Line()}\n[[listener]]\nname = \"web\"\nbind = \"127.0.0.1:0\"\n{toml}\n[admin]\nbind = \"127.0.0.1:0\"\n{admin}\n");

    private static async Task<IPEndPoint> AdminAddressAsync(ForwarderProcess forwarder) =>
        IPEndPoint.Parse((await forwarder.LineAsync(AdminAddress())).Groups[1].Value);

    [GeneratedRegex(@"the admin listener answers on (\S+)")]
    private static partial Regex AdminAddress();

    [GeneratedRegex(" end=")]
    private static partial Regex AccessLine();

    [GeneratedRegex("is what runs now; changes: ")]
    private static partial Regex Reloaded();

    [GeneratedRegex("draining: 1 connections")]
    private static partial Regex Draining();
}

public sealed class ScrapeTestsOnEpoll() : ScrapeTests(Engine.Epoll);

public sealed class ScrapeTestsOnSockets() : ScrapeTests(Engine.Sockets);
