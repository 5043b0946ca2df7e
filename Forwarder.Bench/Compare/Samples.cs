using System.Globalization;

namespace SniForward.Bench.Compare;

/// <summary>Everything that was measured.</summary>
internal sealed class Samples
{
    private readonly List<Sample> _samples = [];

    /// <summary>The peers of which there is anything, in the order of their first appearance.</summary>
    public IEnumerable<Peer> Peers => _samples.Select(sample => sample.Peer).Distinct();

    public void Add(Sample sample) => _samples.Add(sample);

    /// <summary>How many peers have values of any of <paramref name="workloads"/>.</summary>
    public int PeersOf(IEnumerable<Workload> workloads)
    {
        var ids = workloads.Select(workload => workload.Id).ToHashSet();
        return _samples.Where(sample => ids.Contains(sample.Workload)).Select(sample => sample.Peer).Distinct().Count();
    }

    /// <summary>The metrics of which <paramref name="workload"/> has values.</summary>
    public IReadOnlyList<Metric> MetricsOf(Workload workload)
    {
        var names = _samples.Where(sample => sample.Workload == workload.Id).Select(sample => sample.Metric).ToHashSet();
        return [.. Metric.All.Where(metric => names.Contains(metric.Name))];
    }

    /// <summary>Null if the peer has no values.</summary>
    public Summary? Of(Workload workload, Peer peer, Metric metric) => Summary.Of(_samples
        .Where(sample => sample.Workload == workload.Id && sample.Peer == peer && sample.Metric == metric.Name)
        .Select(sample => sample.Value));

    /// <summary>SniForward's median over that of the best other proxy; null if either is missing, or if no value is the better one.</summary>
    public (double Ratio, Peer Best)? ComparedWithBest(Workload workload, Metric metric)
    {
        if (metric.Better == Better.Neither) return null;
        var medians = Peers
            .Where(peer => !peer.IsDirect)
            .Select(peer => (Peer: peer, Of(workload, peer, metric)?.Median))
            .Where(entry => entry.Median is not null)
            .OrderBy(entry => metric.Better == Better.Lower ? entry.Median : -entry.Median)
            .ToArray();
        var own = medians.FirstOrDefault(entry => entry.Peer.Name == SniForwardPeer.PeerName);
        var best = medians.FirstOrDefault(entry => entry.Peer.Name != SniForwardPeer.PeerName);
        return own.Median is { } ours && best.Median is { } theirs && theirs != 0 ? (ours / theirs, best.Peer) : null;
    }

    /// <summary>Every single value, a line each.</summary>
    public void WriteCsv(string path)
    {
        var lines = _samples.Select(sample => string.Create(
            CultureInfo.InvariantCulture,
            $"{sample.Round},{sample.Workload},{sample.Peer.Name},{sample.Peer.Setting},{sample.Metric},{sample.Value:0.######},{Metric.UnitOf(sample.Metric)}"));
        File.WriteAllLines(path, lines.Prepend("round,workload,peer,setting,metric,value,unit"));
    }
}
