using System.Diagnostics;
using System.Net;
using SniForward.Transport;

namespace SniForward.Bench.Load;

/// <summary>Measures small requests over connections that stay: each connection has one request on its way at a time.</summary>
internal sealed class KeepAliveLoad(ITransport engine, LoadRequest request, ISmallExchange exchange)
{
    private readonly IPEndPoint _remote = new(IPAddress.Loopback, request.Port);
    private readonly MeasuredInterval _interval = new(request.Proxy);

    /// <param name="traffic">What runs beside it, if anything.</param>
    public async Task<LoadResult> RunAsync(BulkTraffic? traffic)
    {
        var sockets = await Task.WhenAll(Enumerable.Range(0, request.Connections).Select(_ => exchange.OpenAsync(engine, _remote).AsTask()));
        var clients = sockets.Select(RepeatAsync).ToArray();
        var bytes = -(traffic?.Bytes ?? 0);
        await _interval.RunAsync(request, engine.Time);
        bytes += traffic?.Bytes ?? 0;
        await Task.WhenAll(clients);

        var metrics = _interval.NewMetrics();
        _interval.AddRecorded(metrics, MetricNames.Requests, MetricNames.CpuPerRequest);
        if (traffic is not null)
        {
            metrics[MetricNames.Throughput] = BulkLoad.GigabitsPerSecond(bytes, request.WarmUp + _interval.Seconds);
            // It is spent on the bulk transfers as well.
            metrics.Remove(MetricNames.CpuPerRequest);
        }
        return new LoadResult { Metrics = metrics, Completed = _interval.Completed };
    }

    private async Task RepeatAsync(ISocket socket)
    {
        while (!_interval.Ended)
        {
            var start = Stopwatch.GetTimestamp();
            await exchange.RunAsync(socket).ConfigureAwait(false);
            _interval.Record(start);
        }
        socket.Dispose();
    }
}
