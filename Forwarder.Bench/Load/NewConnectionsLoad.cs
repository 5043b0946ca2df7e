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

    private readonly Way[] _ways =
    [
        new(new IPEndPoint(IPAddress.Loopback, request.Port), new(Hello.For(Hello.ExchangeName, request.Order))),
        new(new IPEndPoint(IPAddress.Loopback, request.SecondPort), new(Hello.For(Hello.DefaultName, request.Order))),
    ];

    private readonly MeasuredInterval _interval = new(request.Proxy);

    public async Task<LoadResult> RunAsync()
    {
        var clients = Enumerable.Range(0, request.Connections).Select(i => RepeatAsync(_ways[i % _ways.Length])).ToArray();
        await _interval.RunAsync(request, engine.Time);
        await Task.WhenAll(clients);

        var metrics = _interval.NewMetrics();
        _interval.AddRecorded(metrics, MetricNames.Connections, MetricNames.CpuPerConnection);
        return new LoadResult { Metrics = metrics, Completed = _interval.Completed };
    }

    private async Task RepeatAsync(Way way)
    {
        while (!_interval.Ended)
        {
            var start = Stopwatch.GetTimestamp();
            try
            {
                await OnceAsync(way).ConfigureAwait(false);
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
    private async ValueTask<bool> OnceAsync(Way way)
    {
        using var socket = await Exchange.ConnectAsync(engine, way.Remote, way.Greeting).ConfigureAwait(false);
        if (!await Receive.ExactlyAsync(socket.Input, Exchange.AnswerSize).ConfigureAwait(false))
        {
            throw new IOException("The connection ended before the answer.");
        }
        return request.Order != OriginOrder.AnswerThenClose || await Receive.ToEndAsync(socket.Input).ConfigureAwait(false);
    }

    /// <summary>A port, and the hello to send there.</summary>
    private sealed record Way(IPEndPoint Remote, ReadOnlySequence<byte> Greeting);
}
