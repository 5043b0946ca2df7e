using System.Diagnostics;

namespace SniForward.Bench.Load.Tls;

/// <summary>Measures small requests over connections that stay: each connection has one request on its way at a time.</summary>
internal sealed class TlsKeepAliveLoad(LoadRequest request, TlsOffer offer)
{
    private readonly MeasuredInterval _interval = new(request.Proxy);

    public LoadResult Run()
    {
        using var context = new TlsContext(offer);
        var clients = new TlsClient[request.Connections];
        for (var i = 0; i < clients.Length; i++) clients[i] = context.Connect(request.Port, Hello.ExchangeName, OriginOrder.Exchange);
        var join = TlsThreads.Start(clients.Length, at => Repeat(clients[at]));
        TlsThreads.Wait(_interval, request);
        join();

        var metrics = _interval.NewMetrics();
        _interval.AddRecorded(metrics, MetricNames.Requests, MetricNames.CpuPerRequest);
        return new LoadResult { Metrics = metrics, Completed = _interval.Completed };
    }

    private void Repeat(TlsClient client)
    {
        using var used = client;
        Span<byte> question = stackalloc byte[Exchange.RequestSize];
        Span<byte> answer = stackalloc byte[Exchange.AnswerSize];
        try
        {
            while (!_interval.Ended)
            {
                var start = Stopwatch.GetTimestamp();
                client.Send(question);
                client.ReceiveAll(answer);
                lock (_interval) _interval.Record(start);
            }
        }
        catch (IOException)
        {
            lock (_interval) _interval.RecordError();
        }
    }
}
