using System.Diagnostics.Metrics;

namespace SniForward.Telemetry.Metrics;

/// <summary>Figures with their labels.</summary>
internal static class Labels
{
    public static Measurement<long> Measure(long value, in FlowKey flow, params ReadOnlySpan<(string Label, string Name)> more) =>
        Measure(value, [("listener", flow.Listener), ("route", flow.Route), ("backend", flow.Backend), ("server", flow.Server), .. more]);

    public static Measurement<long> Measure(long value, params ReadOnlySpan<(string Label, string Name)> labels)
    {
        var tags = new KeyValuePair<string, object?>[labels.Length];
        for (var i = 0; i < tags.Length; i++) tags[i] = new(labels[i].Label, labels[i].Name);
        return new Measurement<long>(value, tags);
    }
}
