using Microsoft.Extensions.Logging;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using SniForward.Startup.Configuration;

namespace SniForward.Startup;

/// <summary>
/// Sends figures to a collector as <c>[otlp]</c> says, and where that is silent OpenTelemetry's environment variables. Those
/// for all signals the library reads by itself; of those for metrics alone, which count more, it knows none.
/// </summary>
internal static class OtlpExport
{
    private const string AllSignals = "OTEL_EXPORTER_OTLP_";
    private const string Metrics = "OTEL_EXPORTER_OTLP_METRICS_";

    /// <summary>Of metrics, in OTLP/HTTP.</summary>
    private const string Path = "/v1/metrics";

    public static void Configure(OtlpConfig otlp, OtlpExporterOptions exporter, MetricReaderOptions reader, ILogger logger)
    {
        exporter.Protocol = (otlp.Protocol, Variable(Metrics + "PROTOCOL") ?? Variable(AllSignals + "PROTOCOL")) switch
        {
            (OtlpProtocol.Grpc, _) or (null, "grpc") => OtlpExportProtocol.Grpc,
            _ => OtlpExportProtocol.HttpProtobuf,
        };
        if (otlp.Endpoint is { } endpoint) exporter.Endpoint = exporter.Protocol == OtlpExportProtocol.HttpProtobuf ? ForMetrics(endpoint) : endpoint;
        else if (Uri.TryCreate(Variable(Metrics + "ENDPOINT"), UriKind.Absolute, out var own)) exporter.Endpoint = own;
        if (Variable(Metrics + "HEADERS") is { } headers) exporter.Headers = headers;
        if (int.TryParse(Variable(Metrics + "TIMEOUT"), out var milliseconds)) exporter.TimeoutMilliseconds = milliseconds;
        if (otlp.Interval is { } interval) reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)interval.TotalMilliseconds;

        var timeout = TimeSpan.FromMilliseconds(exporter.TimeoutMilliseconds);
        exporter.HttpClientFactory = () => new HttpClient(new CollectorWatch(logger)) { Timeout = timeout };
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>What is a base for all signals, with the path for this one.</summary>
    private static Uri ForMetrics(Uri endpoint) =>
        endpoint.AbsolutePath.EndsWith(Path, StringComparison.Ordinal) ? endpoint : new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}{Path}");
}
