using SniForward.Bench.Load;

namespace SniForward.Bench.Compare;

/// <summary>
/// All peers in all rounds. In each round every peer has its turn, and the order moves on by one from round to round: what
/// the machine does meanwhile meets all of them alike.
/// </summary>
/// <param name="options">What to measure, and how often.</param>
/// <param name="peers">Each in each of its settings.</param>
/// <param name="folder">For configurations and logs.</param>
internal sealed class Comparison(CompareOptions options, IReadOnlyList<Peer> peers, string folder) : IDisposable
{
    // Under strace, everything is many times slower.
    private const double SyscallSeconds = 1;

    private const int OriginsOfPeer = 2;

    private readonly Pinning _pinning = new(options.Pin);
    private LoadGenerator? _generator;

    public Samples Samples { get; } = new();

    public async Task RunAsync()
    {
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var peer in Enumerable.Range(round - 1, peers.Count).Select(at => peers[at % peers.Count]))
            {
                await AttemptAsync(peer, () => MeasureAllAsync(round, peer));
            }
        }

        if (!Workloads.Syscalls.Any(options.Includes)) return;
        if (!SyscallCounter.IsInstalled)
        {
            Console.WriteLine("strace is not installed: no system calls are counted.");
            return;
        }
        foreach (var workload in Workloads.Syscalls)
        {
            foreach (var peer in peers.Where(peer => peer.Does(workload))) await AttemptAsync(peer, () => CountSyscallsAsync(peer, workload));
        }
    }

    public void Dispose() => _generator?.Dispose();

    private async Task AttemptAsync(Peer peer, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (MeasurementException e)
        {
            Console.WriteLine($"{peer}: not measured further in this round: {e.Message}");
            // What still hangs must not get into the next turn.
            _generator?.Dispose();
            _generator = null;
        }
    }

    private async Task MeasureAllAsync(int round, Peer peer)
    {
        var workloads = Workloads.Rounds
            .Where(workload => options.Includes(workload) && peer.Does(workload))
            .ToLookup(workload => workload.NeedsNewProcess);
        var wantsStartUp = options.Includes(Workloads.StartUp) && peer.Does(Workloads.StartUp);
        if (wantsStartUp || workloads[false].Any())
        {
            using var turn = await StartAsync(peer);
            if (wantsStartUp && turn.StartUp is { } startUp)
            {
                Add(round, peer, Workloads.StartUp, new() { [MetricNames.FirstConnection] = startUp });
            }
            foreach (var workload in workloads[false]) await MeasureAsync(round, peer, workload, turn);
        }
        foreach (var workload in workloads[true])
        {
            using var turn = await StartAsync(peer);
            await MeasureAsync(round, peer, workload, turn);
        }
    }

    private async Task MeasureAsync(int round, Peer peer, Workload workload, Turn turn) =>
        Add(round, peer, workload, (await turn.MeasureAsync(workload, options.Seconds)).Metrics);

    private async Task CountSyscallsAsync(Peer peer, Workload workload)
    {
        using var turn = await StartAsync(peer);
        await turn.MeasureAsync(workload, 0.1);
        var counter = SyscallCounter.Attach(turn.Proxy, Path.Combine(folder, "strace"));
        var result = await turn.MeasureAsync(workload, SyscallSeconds);
        var counts = counter.Detach();

        var metrics = counts.ToDictionary(count => $"calls_{count.Key}", count => (double)count.Value / result.Completed);
        metrics[MetricNames.SyscallsPerConnection] = metrics.Values.Sum();
        Add(1, peer, workload, metrics);
    }

    private async Task<Turn> StartAsync(Peer peer)
    {
        _generator ??= await LoadGenerator.StartAsync(_pinning, peers.Count * OriginsOfPeer);
        var origins = _generator.Ports;
        var first = peers.ToList().IndexOf(peer) * OriginsOfPeer;
        var exchange = (origins.Exchange[first], origins.Exchange[first + 1]);
        var http = new HttpPorts(peer.IsDirect ? origins.Http[first] : FreePort.Next(), origins.Http[first], origins.HttpBulk);
        var listen = peer.IsDirect ? exchange : (FreePort.Next(), FreePort.Next());
        var ports = new PeerPorts(listen, FreePort.Next(), exchange, origins.Bulk, http);
        return await Turn.StartAsync(peer, ports, _generator, _pinning, folder);
    }

    private void Add(int round, Peer peer, Workload workload, Dictionary<string, double> metrics)
    {
        foreach (var (metric, value) in metrics) Samples.Add(new Sample(round, workload.Id, peer, metric, value));
        var values = Metric.All
            .Where(metric => metrics.ContainsKey(metric.Name))
            .Select(metric => $"{metric.Title} {Metric.Format(metrics[metric.Name])} {metric.Unit}");
        Console.WriteLine($"{round}/{options.Rounds}  {workload.Id,-27} {peer,-26} {string.Join(", ", values)}");
    }
}
