using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using SniForward.Tests.Securing;

namespace SniForward.Tests.EndToEnd;

/// <summary>docs/metrics.md has every figure with its type, its labels and what it means.</summary>
public sealed partial class MetricsDocumentTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_document_has_what_there_is()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("Not every figure is there on other systems.");
        using var server = TestServer.Echo("hello");
        new TestAuthority().IssueEcdsa("a.example").WritePem(Path.Combine(_folder, "site.pem"), Path.Combine(_folder, "site.key"));
        using var web = TestServer.Start(async stream => await stream.WriteAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray()));
        await using var forwarder = TestForwarder.Start($$"""
            [[listener]]
            bind = "127.0.0.1:0"
            http_routing = "request"
            [[route]]
            hosts = ["a.example"]
            tls = { certificate = "{{_folder}}/site.pem", key = "{{_folder}}/site.key", host_must_match = false }
            backend = "pool"
            [[route]]
            hosts = ["web.example"]
            backend = "127.0.0.1:{{web.Port}}"
            [backend.pool]
            servers = ["127.0.0.1:{{TestServer.RefusingPort()}}", "127.0.0.1:{{server.Port}}"]
            max_connections = 5
            queue = 5
            health = { interval = "1h" }
            """);
        using var figures = Figures.Of(forwarder);
        using (var client = await TestClient.ConnectAsync(forwarder))
        {
            var tls = await client.StartTlsAsync("a.example");
            await tls.WriteAsync(new byte[1], TestContext.Current.CancellationToken);
            await tls.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
        }
        await forwarder.NextAccessLineAsync();
        await AskAsync(forwarder);

        var labels = figures.Read().Keys.Select(series => (Name: series[..series.IndexOf('{', StringComparison.Ordinal)], Labels: Label().Matches(series).Select(match => match.Groups[1].Value)))
            .GroupBy(series => series.Name, series => string.Join(", ", series.Labels.Select(label => $"`{label}`")))
            .ToDictionary(series => series.Key, series => series.Distinct().Single());
        var expected = figures.Instruments.Select(instrument =>
            $"| `{PrometheusName(instrument)}` | {TypeOf(instrument)} | {labels[instrument.Name]} | {instrument.Description} |".Replace("|  |", "| |", StringComparison.Ordinal));
        var document = await File.ReadAllLinesAsync(Path.Combine(Repository.Folder("docs"), "metrics.md"), TestContext.Current.CancellationToken);
        Assert.Equal(expected.Order(), document.Where(line => line.StartsWith("| `sniforward", StringComparison.Ordinal)).Order());
    }

    /// <summary>A request that is routed by itself.</summary>
    private static async Task AskAsync(TestForwarder forwarder)
    {
        using var client = await Wire.ConnectAsync(forwarder);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: web.example\r\n\r\n");
        await client.ReadHeadAsync();
        await forwarder.NextAccessLineAsync();
    }

    private static string TypeOf(Instrument instrument) => instrument switch
    {
        Histogram<double> => "histogram",
        ObservableCounter<long> => "counter",
        _ => "gauge",
    };

    private static string PrometheusName(Instrument instrument) =>
        instrument.Name.Replace('.', '_')
        + instrument.Unit switch { "s" => "_seconds", "By" when !instrument.Name.EndsWith("bytes", StringComparison.Ordinal) => "_bytes", _ => "" }
        + (instrument is ObservableCounter<long> ? "_total" : "");

    [GeneratedRegex(@"[{,](\w+)=")]
    private static partial Regex Label();
}
