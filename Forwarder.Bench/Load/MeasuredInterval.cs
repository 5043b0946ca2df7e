using System.Diagnostics;

namespace SniForward.Bench.Load;

/// <summary>The part of a run that counts: after the warm-up, for a while. What happens outside of it is not recorded.</summary>
/// <param name="proxy">The processes whose CPU time is measured.</param>
internal sealed class MeasuredInterval(IReadOnlyList<int> proxy)
{
    private readonly LatencyHistogram _latencies = new();
    private long _began;
    private ProcessCpu? _proxyCpu;
    private TimeSpan _generatorCpu;
    private double _machineCpu;
    private volatile bool _running;
    private volatile bool _ended;

    /// <summary>The load is to stop.</summary>
    public bool Ended => _ended;

    /// <summary>What was recorded inside the interval.</summary>
    public long Count => _latencies.Count;

    /// <summary>All that was recorded or would have been.</summary>
    public long Completed { get; private set; }

    public long Errors { get; private set; }

    public double Seconds { get; private set; }

    /// <summary>Seconds of CPU of the proxy within the interval.</summary>
    public double ProxyCpu { get; private set; }

    /// <summary>Waits for the warm-up, and then for the interval, on the clock of the caller's engine.</summary>
    public async Task RunAsync(LoadRequest request, TimeProvider time)
    {
        await Task.Delay(TimeSpan.FromSeconds(request.WarmUp), time);
        Begin();
        await Task.Delay(TimeSpan.FromSeconds(request.Seconds), time);
        End();
    }

    public void Begin()
    {
        _proxyCpu = new ProcessCpu(proxy);
        _generatorCpu = Environment.CpuUsage.TotalTime;
        _machineCpu = MachineCpu.Seconds();
        _began = Stopwatch.GetTimestamp();
        _running = true;
    }

    public void End()
    {
        _running = false;
        Seconds = Stopwatch.GetElapsedTime(_began).TotalSeconds;
        ProxyCpu = _proxyCpu?.Seconds() ?? 0;
        _generatorCpu = Environment.CpuUsage.TotalTime - _generatorCpu;
        _machineCpu = MachineCpu.Seconds() - _machineCpu;
        _ended = true;
    }

    /// <summary>One exchange is over that began at the timestamp <paramref name="start"/>.</summary>
    public void Record(long start)
    {
        Completed++;
        if (_running) _latencies.Record((long)Stopwatch.GetElapsedTime(start).TotalNanoseconds);
    }

    public void RecordError() => Errors++;

    /// <summary>The metrics that every kind of load has.</summary>
    public Dictionary<string, double> NewMetrics()
    {
        var metrics = new Dictionary<string, double> { [MetricNames.GeneratorUtilisation] = _generatorCpu.TotalSeconds * 100 / Seconds };
        if (proxy.Count > 0) metrics[MetricNames.ProxyUtilisation] = ProxyCpu * 100 / Seconds;
        var others = _machineCpu - ProxyCpu - _generatorCpu.TotalSeconds;
        metrics[MetricNames.OthersUtilisation] = Math.Max(others, 0) * 100 / Seconds;
        if (Errors > 0) metrics[MetricNames.Errors] = Errors;
        return metrics;
    }

    /// <summary>Adds the rate of what was recorded, the proxy's CPU for each, and the latencies, in microseconds.</summary>
    public void AddRecorded(Dictionary<string, double> metrics, string rate, string cpuPerOne)
    {
        metrics[rate] = Count / Seconds;
        if (proxy.Count > 0 && Count > 0) metrics[cpuPerOne] = ProxyCpu * 1e6 / Count;
        metrics[MetricNames.LatencyP50] = _latencies.Quantile(0.5) / 1000;
        metrics[MetricNames.LatencyP99] = _latencies.Quantile(0.99) / 1000;
        metrics[MetricNames.LatencyP999] = _latencies.Quantile(0.999) / 1000;
    }
}
