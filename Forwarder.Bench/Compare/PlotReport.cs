using System.Text;
using ScottPlot;
using ScottPlot.MultiplotLayouts;
using SkiaSharp;
using SniForward.Bench.Load;

namespace SniForward.Bench.Compare;

/// <summary>A drawing for each group of workloads: a row a workload, a column a metric, a bar a peer with its range.</summary>
internal static class PlotReport
{
    private const int PanelWidth = 460;
    private const int PanelFrame = 95;
    private const int BarHeight = 26;

    private const string Font = "DejaVu Sans";

    private static readonly string[] Plotted =
    [
        MetricNames.Throughput, MetricNames.CpuPerGigabyte, MetricNames.Requests, MetricNames.CpuPerRequest,
        MetricNames.Connections, MetricNames.CpuPerConnection, MetricNames.LatencyP99, MetricNames.MemoryPerConnection,
        MetricNames.FirstConnection, MetricNames.SyscallsPerConnection,
    ];

    /// <summary>The file of a group's drawing, in a report with a name; null if there is nothing to draw.</summary>
    public static string? FileOf(string name, string group, Samples samples) =>
        Workloads.All.Any(workload => workload.Group == group && MetricsOf(workload, samples).Any()) ? $"{name}-{group}.svg" : null;

    public static void Write(string folder, string name, Samples samples)
    {
        Fonts.Default = Font;
        foreach (var group in Workloads.All.GroupBy(workload => workload.Group))
        {
            if (FileOf(name, group.Key, samples) is not { } file) continue;
            Write(Path.Combine(folder, file), [.. group.Where(workload => MetricsOf(workload, samples).Any())], samples);
        }
    }

    private static IEnumerable<Metric> MetricsOf(Workload workload, Samples samples) =>
        samples.MetricsOf(workload).Where(metric => Plotted.Contains(metric.Name));

    private static void Write(string path, IReadOnlyList<Workload> workloads, Samples samples)
    {
        var columns = workloads.Max(workload => MetricsOf(workload, samples).Count());
        var plots = new Multiplot();
        plots.AddPlots(workloads.Count * columns);
        plots.Layout = new Grid(workloads.Count, columns);
        for (var row = 0; row < workloads.Count; row++)
        {
            var column = 0;
            foreach (var metric in MetricsOf(workloads[row], samples))
            {
                BarPlot.Draw(plots.GetPlot(row * columns + column++), workloads[row], metric, samples);
            }
        }

        var (width, height) = (columns * PanelWidth, workloads.Count * (PanelFrame + BarHeight * samples.PeersOf(workloads)));
        using var drawing = new MemoryStream();
        using (var canvas = SKSvgCanvas.Create(SKRect.Create(width, height), drawing))
        {
            plots.Render(canvas, new PixelRect(0, width, height, 0));
        }
        // Whoever looks at it may not have that font; letters are placed one by one, so that it takes one as wide.
        var svg = Encoding.UTF8.GetString(drawing.ToArray());
        File.WriteAllText(path, svg.Replace($"\"{Font}\"", $"\"{Font}, Verdana, sans-serif\"", StringComparison.Ordinal));
    }
}
