using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace SniForward.Tests.EndToEnd;

/// <summary>The program sends its figures to a collector.</summary>
public sealed partial class OtlpTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("http/protobuf", "", "/v1/metrics")]
    [InlineData("http/protobuf", "/base/", "/base/v1/metrics")]
    [InlineData("http/protobuf", "/base/v1/metrics", "/base/v1/metrics")]
    [InlineData("grpc", "", "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")]
    public async Task Figures_are_sent_as_the_configuration_says_and_the_last_at_the_end(string protocol, string path, string expected)
    {
        await using var collector = await OtlpCollector.StartAsync(protocol == "grpc");
        using var server = TestServer.Echo("hello");
        Write(server, $"endpoint = \"{collector.Url.GetLeftPart(UriPartial.Authority)}{path}\"\nprotocol = \"{protocol}\"\ninterval = \"500ms\"");
        await using var forwarder = ForwarderProcess.Start(_folder);
        var address = await forwarder.AddressAsync();

        var first = await collector.ReceiveAsync();
        await TestClient.AskAsync(address, "a.example");
        while ((await collector.ReceiveAsync()).Sum("sniforward.connections.accepted") != 1)
        {
        }
        Assert.Equal(expected, first.Path);
        Assert.Equal("sniforward", first.Resource()["service.name"]);
        Assert.Null(first.Sum("sniforward.connections.accepted"));

        await TestClient.AskAsync(address, "a.example");
        forwarder.Signal("TERM");
        Assert.Equal(0, await forwarder.ExitAsync());
        while ((await collector.ReceiveAsync()).Sum("sniforward.connections.accepted") != 2)
        {
        }
    }

    [Fact]
    public async Task What_the_configuration_leaves_open_the_environment_says()
    {
        await using var collector = await OtlpCollector.StartAsync();
        using var server = TestServer.Echo("hello");
        Write(server, "");
        await using var forwarder = StartWith(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url.ToString()),
            ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=abc"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "500"),
            ("OTEL_SERVICE_NAME", "edge"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test"));

        var sending = await collector.ReceiveAsync();

        Assert.Equal("/v1/metrics", sending.Path);
        Assert.Equal("abc", sending.Headers["api-key"]);
        Assert.Equal(("edge", "test"), (sending.Resource()["service.name"], sending.Resource()["deployment.environment"]));
    }

    [Fact]
    public async Task Variables_for_metrics_alone_count_more_than_those_for_all_signals()
    {
        await using var collector = await OtlpCollector.StartAsync();
        using var server = TestServer.Echo("hello");
        Write(server, "interval = \"500ms\"");
        await using var forwarder = StartWith(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", $"{collector.Url}elsewhere"),
            ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "api-key=own"));

        var sending = await collector.ReceiveAsync();

        Assert.Equal(("/elsewhere", "own"), (sending.Path, sending.Headers["api-key"]));
    }

    [Fact]
    public async Task A_collector_that_is_not_there_is_said_once_and_so_is_its_return()
    {
        var collector = await OtlpCollector.StartAsync();
        using var server = TestServer.Echo("hello");
        Write(server, $"endpoint = \"{collector.Url}\"\ninterval = \"200ms\"");
        await using var forwarder = ForwarderProcess.Start(_folder);
        await collector.ReceiveAsync();
        var port = collector.Url.Port;

        await collector.DisposeAsync();
        await forwarder.LineAsync(NotSent());
        await using var back = await OtlpCollector.StartAsync(port: port);
        await forwarder.LineAsync(SentAgain());
        back.Status = StatusCodes.Status503ServiceUnavailable;
        await forwarder.LineAsync(Answered());

        forwarder.Signal("TERM");
        Assert.Equal(0, await forwarder.ExitAsync());
        Assert.DoesNotMatch(NotSent(), await forwarder.RestOfOutputAsync());
    }

    private ForwarderProcess StartWith(params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "sniforward.dll")]);
        foreach (var (name, value) in variables) start.Environment[name] = value;
        return ForwarderProcess.Start(start, _folder);
    }

    private void Write(TestServer server, string otlp) => File.WriteAllText(
        Path.Combine(_folder, "forward.toml"),
        $"[[listener]]\nbind = \"127.0.0.1:0\"\n[default]\nbackend = \"127.0.0.1:{server.Port}\"\n[otlp]\n{otlp}\n");

    [GeneratedRegex("the figures cannot be sent to http://127.0.0.1:[0-9]+/v1/metrics: ")]
    private static partial Regex NotSent();

    [GeneratedRegex("the figures are sent to http://127.0.0.1:[0-9]+/v1/metrics again")]
    private static partial Regex SentAgain();

    [GeneratedRegex("the figures cannot be sent to http://127.0.0.1:[0-9]+/v1/metrics: it answered 503;")]
    private static partial Regex Answered();
}
