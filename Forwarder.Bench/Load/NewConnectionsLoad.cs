using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using SniForward.Transport;

namespace SniForward.Bench.Load;

/// <summary>Measures connections that are made, have one short exchange, and end: the next one begins when one is over.</summary>
internal sealed class NewConnectionsLoad(ITransport engine, LoadRequest request)
{
    private static readonly TimeSpan AfterError = TimeSpan.FromMilliseconds(1);

    private readonly IPEndPoint _remote = new(IPAddress.Loopback, request.Port);
    private readonly ReadOnlySequence<byte> _greeting = new(Hello.For(Hello.ExchangeName, request.Order));
    private readonly MeasuredInterval _interval = new(request.Proxy);

    public async Task<LoadResult> RunAsync()
    {
        var clients = Enumerable.Range(0, request.Connections).Select(_ => RepeatAsync()).ToArray();
        await _interval.RunAsync(request, engine.Time);
        await Task.WhenAll(clients);

        var metrics = _interval.NewMetrics();
        _interval.AddRecorded(metrics, MetricNames.Connections, MetricNames.CpuPerConnection);
        return new LoadResult { Metrics = metrics, Completed = _interval.Completed };
    }

    private async Task RepeatAsync()
    {
        while (!_interval.Ended)
        {
            var start = Stopwatch.GetTimestamp();
            try
            {
                await OnceAsync().ConfigureAwait(false);
                _interval.Record(start);
            }
            catch (IOException)
            {
                _interval.RecordError();
                // A proxy that refuses would otherwise be asked again at once, without end.
                await Task.Delay(AfterError, engine.Time);
            }
        }
    }

    /// <summary>The latency is that up to the answer, or to the end if the origin makes it; true then.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<bool> OnceAsync()
    {
        using var socket = await Exchange.ConnectAsync(engine, _remote, _greeting).ConfigureAwait(false);
        if (!await Receive.ExactlyAsync(socket.Input, Exchange.AnswerSize).ConfigureAwait(false))
        {
            throw new IOException("The connection ended before the answer.");
        }
        return request.Order != OriginOrder.AnswerThenClose || await Receive.ToEndAsync(socket.Input).ConfigureAwait(false);
    }
}
