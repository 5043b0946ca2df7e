using System.Text;

namespace SniForward.Bench.Compare;

/// <summary>The comparison in Markdown: how it was made, and a table for each workload.</summary>
/// <param name="name">What its files are called.</param>
/// <param name="samples">What was measured.</param>
internal sealed class MarkdownReport(string name, Samples samples)
{
    private readonly StringBuilder _text = new();

    public string Write(CompareOptions options, IReadOnlyList<InstalledPeer> installed)
    {
        Line("# SniForward side by side with other proxies");
        Line();
        Line($"Measured on {DateTime.UtcNow:yyyy-MM-dd} (UTC) by");
        Line();
        Line($"    {options.CommandLine}");
        Line();
        WriteMachine(installed);
        WriteMethod(options);
        foreach (var group in Workloads.All.Where(workload => samples.MetricsOf(workload).Count > 0).GroupBy(workload => workload.Group))
        {
            WriteGroup(group.Key, group);
        }
        return _text.ToString();
    }

    private void WriteMachine(IReadOnlyList<InstalledPeer> installed)
    {
        Line("| | |");
        Line("|---|---|");
        foreach (var (name, value) in Machine.Describe()) Line($"| {name} | {value} |");
        foreach (var peer in installed) Line($"| {peer.Name} | {peer.Version ?? peer.Missing} |");
        Line();
    }

    private void WriteMethod(CompareOptions options)
    {
        var pinning = options.Pin
            ? "the proxy on the first core, clients and origins together on the second"
            : "nothing is pinned to a core";
        var runs = options.Rounds == 1 ? "one round" : $"{options.Rounds} rounds, in each of which every peer has its turn, in an order that moves on by one";
        Line($"""
            Each value is a median [lowest–highest] of {runs}.
            Each measurement takes {options.Seconds} s after a warm-up of 0.3 s. Everything is on 127.0.0.1; {pinning}.
            Every proxy has one worker thread and no access log, and does the same job: unless a chapter says otherwise it reads a
            ClientHello of 517 bytes, and routes sub1.xyz.com, sub2.xyz.com and all else by its SNI. CPU is that of all threads of the proxy, by the scheduler's
            account, and includes what the kernel does in its name. "Generator busy" says how much of its core the load generator
            used: near 100 % it, and not the proxy, may be the limit, as it always is on the direct path.
            "Others busy" is what everything else on the machine took meanwhile, in percent of one core.

            Every single value is in [{name}.csv]({name}.csv).

            """);
    }

    private void WriteGroup(string group, IEnumerable<Workload> workloads)
    {
        Line($"## {Chapters.TitleOf(group)}");
        Line();
        Line(Chapters.TextOf(group));
        Line();
        if (PlotReport.FileOf(name, group, samples) is { } plot)
        {
            Line($"![{Chapters.TitleOf(group)}]({plot})");
            Line();
        }
        foreach (var workload in workloads) WriteTable(workload);
    }

    private void WriteTable(Workload workload)
    {
        var metrics = samples.MetricsOf(workload);
        Line($"### {char.ToUpperInvariant(workload.Title[0])}{workload.Title[1..]}");
        Line();
        Row(["peer", "setting", .. metrics.Select(metric => $"{metric.Title}, {metric.Unit}")]);
        Row(["---", "---", .. metrics.Select(_ => "---:")]);
        foreach (var peer in samples.Peers)
        {
            var values = metrics.Select(metric => samples.Of(workload, peer, metric)).ToArray();
            if (values.Any(value => value is not null)) Row([peer.Name, peer.Setting, .. values.Select(value => value?.ToString() ?? "")]);
        }

        var ratios = metrics.Select(metric => samples.ComparedWithBest(workload, metric)).ToArray();
        if (ratios.Any(ratio => ratio is not null))
        {
            Row(["**sniforward ÷ best proxy**", "", .. ratios.Select(ratio => ratio is { } known ? $"**{known.Ratio:0.00}** × {known.Best}" : "")]);
        }
        Line();
    }

    private void Row(IEnumerable<string> cells) => Line($"| {string.Join(" | ", cells)} |");

    private void Line(string line = "") => _text.Append(line).Append('\n');
}
