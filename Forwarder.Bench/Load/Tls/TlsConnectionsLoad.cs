using System.Diagnostics;

namespace SniForward.Bench.Load.Tls;

/// <summary>Measures connections with a handshake, one short exchange and the end; the next one begins when one is over.</summary>
internal sealed class TlsConnectionsLoad(LoadRequest request, TlsOffer offer)
{
    private readonly MeasuredInterval _interval = new(request.Proxy);
    private int _resumed;

    public LoadResult Run()
    {
        using var context = new TlsContext(offer);
        var join = TlsThreads.Start(request.Connections, _ => Repeat(context));
        TlsThreads.Wait(_interval, request);
        join();

        var metrics = _interval.NewMetrics();
        _interval.AddRecorded(metrics, MetricNames.Connections, MetricNames.CpuPerConnection);
        if (offer.Resumes) metrics[MetricNames.Resumed] = _resumed * 100.0 / Math.Max(_interval.Completed, 1);
        return new LoadResult { Metrics = metrics, Completed = _interval.Completed };
    }

    private void Repeat(TlsContext context)
    {
        var session = nint.Zero;
        while (!_interval.Ended)
        {
            var start = Stopwatch.GetTimestamp();
            try
            {
                session = RunOne(context, session);
                lock (_interval) _interval.Record(start);
            }
            catch (IOException)
            {
                lock (_interval) _interval.RecordError();
                // A proxy that refuses would otherwise be asked again at once, without end.
                Thread.Sleep(1);
            }
        }
        if (session != 0) OpenSsl.FreeSession(session);
    }

    /// <summary>The session for the next one.</summary>
    private nint RunOne(TlsContext context, nint session)
    {
        using var client = context.Connect(request.Port, Hello.ExchangeName, OriginOrder.AnswerThenWait, session);
        Span<byte> answer = stackalloc byte[Exchange.AnswerSize];
        client.ReceiveAll(answer);
        if (!offer.Resumes) return 0;

        if (client.IsResumed) Interlocked.Increment(ref _resumed);
        if (session != 0) OpenSsl.FreeSession(session);
        return client.GetSession();
    }
}
