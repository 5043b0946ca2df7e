using ScottPlot;
using ScottPlot.Plottables;

namespace SniForward.Bench.Compare;

/// <summary>One metric of one workload: a horizontal bar a peer, as long as its median, with a line from lowest to highest.</summary>
internal static class BarPlot
{
    private static readonly Color Own = Color.FromHex("#2f6f9f");
    private static readonly Color Others = Color.FromHex("#9fb4c4");
    private static readonly Color Direct = Color.FromHex("#d9d9d9");

    public static void Draw(Plot plot, Workload workload, Metric metric, Samples samples)
    {
        var rows = samples.Peers
            .Select(peer => (Peer: peer, Summary: samples.Of(workload, peer, metric)))
            .Where(row => row.Summary is not null)
            .Select(row => (row.Peer, Summary: row.Summary!.Value))
            .Reverse()
            .ToArray();

        var bars = plot.Add.Bars(rows.Select((row, at) => NewBar(row.Peer, row.Summary, at)).ToArray());
        bars.Horizontal = true;
        var ranges = new ErrorBar(
            rows.Select(row => row.Summary.Median).ToArray(),
            rows.Select((_, at) => (double)at).ToArray(),
            rows.Select(row => row.Summary.Median - row.Summary.Min).ToArray(),
            rows.Select(row => row.Summary.Max - row.Summary.Median).ToArray(),
            null,
            null)
        {
            Color = Colors.Black,
        };
        plot.Add.Plottable(ranges);

        plot.Axes.Left.SetTicks(rows.Select((_, at) => (double)at).ToArray(), rows.Select(row => row.Peer.ToString()).ToArray());
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.HideGrid();
        plot.Axes.Margins(left: 0, right: 0.1);
        var better = metric.Better == Better.Higher ? "more is better" : "less is better";
        plot.Title(workload.Title, size: 12);
        plot.XLabel($"{metric.Title}, {metric.Unit} ({better})", size: 12);
    }

    private static Bar NewBar(Peer peer, Summary summary, int at) => new()
    {
        Position = at,
        Value = summary.Median,
        Size = 0.7,
        LineWidth = 0,
        FillColor = peer.IsDirect ? Direct : peer.Name == SniForwardPeer.PeerName ? Own : Others,
    };
}
