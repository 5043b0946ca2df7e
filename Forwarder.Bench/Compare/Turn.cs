using System.Diagnostics;
using SniForward.Bench.Load;

namespace SniForward.Bench.Compare;

/// <summary>One peer's process, from its start to its end, and what is measured of it meanwhile.</summary>
internal sealed class Turn : IDisposable
{
    private readonly Peer _peer;
    private readonly PeerPorts _ports;
    private readonly LoadGenerator _generator;
    private readonly PeerProcess? _process;

    private Turn(Peer peer, PeerPorts ports, LoadGenerator generator, PeerProcess? process)
    {
        _peer = peer;
        _ports = ports;
        _generator = generator;
        _process = process;
        Proxy = process?.Ids ?? [];
    }

    /// <summary>The proxy's processes; none on the direct path.</summary>
    public IReadOnlyList<int> Proxy { get; }

    /// <summary>Milliseconds from the start of the process to the first connection forwarded; null on the direct path.</summary>
    public double? StartUp { get; private init; }

    /// <exception cref="MeasurementException">The peer does not come up.</exception>
    public static async Task<Turn> StartAsync(Peer peer, PeerPorts ports, LoadGenerator generator, Pinning pinning, string folder)
    {
        if (peer.IsDirect) return new Turn(peer, ports, generator, null);

        var command = pinning.Proxy(peer.Prepare(folder, ports));
        var first = generator.MeasureAsync((peer.PassesTls ? Workloads.StartUp : Workloads.HttpStartUp).ToRequest(ports, peer.IsDirect, [], 0));
        var process = new PeerProcess(command);
        try
        {
            var forwardedAt = (await first).ForwardedAt;
            var startUp = Stopwatch.GetElapsedTime(process.StartedAt, forwardedAt).TotalMilliseconds;
            return new Turn(peer, ports, generator, process) { StartUp = startUp };
        }
        catch (MeasurementException e)
        {
            process.Dispose();
            throw new MeasurementException($"{e.Message} {process.Output}");
        }
    }

    /// <exception cref="MeasurementException">The measurement failed.</exception>
    public Task<LoadResult> MeasureAsync(Workload workload, double seconds) =>
        _generator.MeasureAsync(workload.ToRequest(_ports, _peer.IsDirect, Proxy, seconds));

    public void Dispose() => _process?.Dispose();
}
