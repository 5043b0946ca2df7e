namespace SniForward.Bench.Load.Tls;

/// <summary>Measures bulk transfers, to the clients or from them.</summary>
internal sealed class TlsBulkLoad(LoadRequest request, TlsOffer offer, BulkOrigin origin)
{
    private const double BytesOfGigabyte = 1e9;

    private static readonly byte[] Sent = new byte[256 * 1024];

    private readonly BulkCounter _received = new();

    public LoadResult Run()
    {
        using var context = new TlsContext(offer);
        var clients = new TlsClient[request.BulkConnections];
        for (var i = 0; i < clients.Length; i++) clients[i] = context.Connect(request.Port, Hello.BulkName, request.Order);
        var join = TlsThreads.Start(clients.Length, at => Move(clients[at]));
        var interval = new MeasuredInterval(request.Proxy);
        Thread.Sleep(TimeSpan.FromSeconds(request.WarmUp));
        var bytes = -Moved;
        interval.Begin();
        Thread.Sleep(TimeSpan.FromSeconds(request.Seconds));
        bytes += Moved;
        interval.End();
        foreach (var client in clients) client.Cut();
        join();

        var metrics = interval.NewMetrics();
        metrics[MetricNames.Throughput] = BulkLoad.GigabitsPerSecond(bytes, interval.Seconds);
        if (bytes > 0) metrics[MetricNames.CpuPerGigabyte] = interval.ProxyCpu * 1000 / (bytes / BytesOfGigabyte);
        return new LoadResult { Metrics = metrics };
    }

    private long Moved => request.Order == OriginOrder.Download ? _received.Bytes : origin.Received.Bytes;

    private void Move(TlsClient client)
    {
        using var used = client;
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                if (request.Order == OriginOrder.Download) _received.Add(client.Receive(buffer));
                else client.Send(Sent);
            }
        }
        catch (IOException)
        {
            // That is how a transfer without end does end.
        }
    }
}
