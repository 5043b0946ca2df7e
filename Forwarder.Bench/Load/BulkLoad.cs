namespace SniForward.Bench.Load;

/// <summary>Measures bulk transfers: bytes a second, and what CPU they cost the proxy.</summary>
internal static class BulkLoad
{
    private const double BytesOfGigabyte = 1e9;

    /// <exception cref="IOException">Nothing goes through.</exception>
    public static LoadResult Run(LoadRequest request, BulkTraffic traffic)
    {
        var interval = new MeasuredInterval(request.Proxy);
        Thread.Sleep(TimeSpan.FromSeconds(request.WarmUp));
        var bytes = -traffic.Bytes;
        interval.Begin();
        Thread.Sleep(TimeSpan.FromSeconds(request.Seconds));
        bytes += traffic.Bytes;
        interval.End();
        if (bytes == 0) throw new IOException("Nothing is transferred.");

        var metrics = interval.NewMetrics();
        metrics[MetricNames.Throughput] = GigabitsPerSecond(bytes, interval.Seconds);
        if (request.Proxy.Count > 0) metrics[MetricNames.CpuPerGigabyte] = interval.ProxyCpu * 1000 / (bytes / BytesOfGigabyte);
        return new LoadResult { Metrics = metrics };
    }

    public static double GigabitsPerSecond(long bytes, double seconds) => bytes * 8 / 1e9 / seconds;
}
