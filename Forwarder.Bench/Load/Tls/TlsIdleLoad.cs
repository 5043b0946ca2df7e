using System.Collections.Concurrent;

namespace SniForward.Bench.Load.Tls;

/// <summary>Measures what an idle connection, after its handshake and one exchange, costs in the proxy's memory.</summary>
internal sealed class TlsIdleLoad(LoadRequest request, TlsOffer offer)
{
    private const int WarmUpConnections = 64;
    private const int Openers = 16;

    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(300);

    private readonly ConcurrentBag<TlsClient> _open = [];

    public LoadResult Run()
    {
        using var context = new TlsContext(offer);
        Open(context, WarmUpConnections);
        Close();
        var before = ProcessMemory.Bytes(request.Proxy);
        Open(context, request.Connections);
        var opened = _open.Count;
        var after = ProcessMemory.Bytes(request.Proxy);
        Close();
        if (opened < request.Connections) throw new IOException($"Only {opened} of {request.Connections} connections came about.");

        var perConnection = (after - before) / 1024.0 / request.Connections;
        return new LoadResult { Metrics = new() { [MetricNames.MemoryPerConnection] = perConnection } };
    }

    private void Open(TlsContext context, int count)
    {
        var wanted = count;
        TlsThreads.Start(Openers, _ =>
        {
            Span<byte> answer = stackalloc byte[Exchange.AnswerSize];
            ReadOnlySpan<byte> asked = stackalloc byte[Exchange.RequestSize];
            try
            {
                while (Interlocked.Decrement(ref wanted) >= 0)
                {
                    var client = context.Connect(request.Port, Hello.ExchangeName, OriginOrder.Exchange);
                    _open.Add(client);
                    client.Send(asked);
                    client.ReceiveAll(answer);
                }
            }
            catch (IOException)
            {
                // There are too few then.
            }
        })();
        Thread.Sleep(Settling);
    }

    private void Close()
    {
        while (_open.TryTake(out var client)) client.Dispose();
        Thread.Sleep(Settling);
    }
}
