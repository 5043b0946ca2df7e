using System.Net;
using SniForward.Transport;

namespace SniForward.Bench.Load;

/// <summary>Measures what an idle connection, on which one exchange has passed, costs in the proxy's memory.</summary>
internal sealed class IdleLoad(ITransport engine, LoadRequest request, ISmallExchange exchange)
{
    private const int WarmUpConnections = 64;
    private const int Openers = 32;

    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(300);

    private readonly IPEndPoint _remote = new(IPAddress.Loopback, request.Port);
    private readonly Stack<ISocket> _open = new();
    private int _wanted;

    public async Task<LoadResult> RunAsync()
    {
        await OpenAsync(WarmUpConnections);
        await CloseAsync();
        var before = ProcessMemory.Bytes(request.Proxy);
        await OpenAsync(request.Connections);
        var after = ProcessMemory.Bytes(request.Proxy);
        await CloseAsync();

        var perConnection = (after - before) / 1024.0 / request.Connections;
        return new LoadResult { Metrics = new() { [MetricNames.MemoryPerConnection] = perConnection } };
    }

    private async Task OpenAsync(int count)
    {
        _wanted = count;
        await Task.WhenAll(Enumerable.Range(0, Openers).Select(_ => OpenerAsync()));
        await Task.Delay(Settling, engine.Time);
    }

    private async Task OpenerAsync()
    {
        while (_wanted-- > 0)
        {
            _open.Push(await exchange.OpenAsync(engine, _remote).ConfigureAwait(false));
        }
    }

    private async Task CloseAsync()
    {
        while (_open.TryPop(out var socket)) socket.Dispose();
        await Task.Delay(Settling, engine.Time);
    }
}
