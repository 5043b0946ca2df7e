using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using SniForward.Admin;
using SniForward.Startup.Configuration;
using SniForward.Telemetry.Metrics;

namespace SniForward.Startup;

/// <summary>Gathers the figures, this program's and the runtime's, for those whom a configuration lets have them.</summary>
internal static class MetricsExport
{
    private const string Runtime = "System.Runtime";

    /// <summary>Null: nobody may.</summary>
    public static MeterProvider? Start(ForwarderConfig config, ILogger logger)
    {
        if (config.Admin is null && config.Otlp is null) return null;

        var limits = new SeriesLimits(config);
        var builder = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(Resource())
            .AddMeter(TrafficMeter.Name, Runtime)
            .AddView(instrument => ViewOf(instrument, limits));
        if (config.Admin is not null) builder.AddPrometheusExporter(options => options.ScopeInfoEnabled = false);
        if (config.Otlp is { } otlp) builder.AddOtlpExporter((exporter, reader) => OtlpExport.Configure(otlp, exporter, reader, logger));
        return builder.Build();
    }

    private static MetricStreamConfiguration? ViewOf(Instrument instrument, SeriesLimits limits)
    {
        if (instrument.Meter.Name == TrafficMeter.Name) return new MetricStreamConfiguration { CardinalityLimit = limits.Of(instrument.Name) };
        // Of the runtime's, those of a program that is compiled already and does nothing else are of no use.
        return instrument.Name.StartsWith("dotnet.process.", StringComparison.Ordinal) || instrument.Name.StartsWith("dotnet.gc.", StringComparison.Ordinal)
            || instrument.Name.StartsWith("dotnet.thread_pool.", StringComparison.Ordinal)
            ? null
            : MetricStreamConfiguration.Drop;
    }

    /// <summary>What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say counts more than what is known here.</summary>
    private static ResourceBuilder Resource() => ResourceBuilder.CreateEmpty()
        .AddService("sniforward", serviceVersion: ForwarderView.Version)
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();
}
