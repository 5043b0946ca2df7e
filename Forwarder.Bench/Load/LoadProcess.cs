using System.Net.Sockets;
using System.Text.Json;
using SniForward.Bench.Load.Tls;
using SniForward.Transport;

namespace SniForward.Bench.Load;

/// <summary>
/// The load process: clients and origins in one, that measures as its standard input asks, a <see cref="LoadRequest"/> a
/// line. On its standard output are first the <see cref="LoadPorts"/>, then a <see cref="LoadResult"/> a request.
/// It lives for a whole comparison, so that none of it is compiled while something is measured.
/// </summary>
internal sealed class LoadProcess(ITransport engine) : IDisposable
{
    private readonly BulkOrigin _bulkOrigin = new();

    /// <summary>Serves until its standard input ends.</summary>
    /// <param name="origins">How many ports the origin of small exchanges is to have.</param>
    public async Task RunAsync(int origins)
    {
        var origin = new Origin(engine);
        var exchange = Enumerable.Range(0, origins).Select(_ => origin.Listen()).ToArray();
        Write(new LoadPorts(exchange, _bulkOrigin.Listen()));
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var request = JsonSerializer.Deserialize<LoadRequest>(line) ?? throw new JsonException("There is no request on the line.");
            Write(await MeasureAsync(request));
        }
    }

    public void Dispose() => _bulkOrigin.Dispose();

    private async Task<LoadResult> MeasureAsync(LoadRequest request)
    {
        try
        {
            if (request.Tls is { } offer) return MeasureTls(request, offer);
            return request.Kind switch
            {
                LoadKind.Bulk => BulkLoad.Run(request, _bulkOrigin),
                LoadKind.KeepAlive => await KeepAliveAsync(request),
                LoadKind.NewConnections => await LoadEngine.RunAsync(engine, new NewConnectionsLoad(engine, request).RunAsync),
                LoadKind.Idle => await LoadEngine.RunAsync(engine, new IdleLoad(engine, request).RunAsync),
                LoadKind.FirstConnection => FirstConnectionLoad.Run(request),
                _ => throw new JsonException($"There is no load of the kind {request.Kind}."),
            };
        }
        catch (Exception e) when (e is IOException or SocketException or JsonException)
        {
            return new LoadResult { Error = e.Message };
        }
    }

    private LoadResult MeasureTls(LoadRequest request, TlsOffer offer) => request.Kind switch
    {
        LoadKind.Bulk => new TlsBulkLoad(request, offer, _bulkOrigin).Run(),
        LoadKind.KeepAlive => new TlsKeepAliveLoad(request, offer).Run(),
        LoadKind.NewConnections => new TlsConnectionsLoad(request, offer).Run(),
        LoadKind.Idle => new TlsIdleLoad(request, offer).Run(),
        _ => throw new JsonException($"There is no load of the kind {request.Kind} with TLS."),
    };

    private async Task<LoadResult> KeepAliveAsync(LoadRequest request)
    {
        var load = new KeepAliveLoad(engine, request);
        if (request.BulkConnections == 0) return await LoadEngine.RunAsync(engine, () => load.RunAsync(null));

        using var traffic = new BulkTraffic(_bulkOrigin, request.BulkPort, request.BulkConnections, request.Order);
        return await LoadEngine.RunAsync(engine, () => load.RunAsync(traffic));
    }

    private static void Write<T>(T value) => Console.WriteLine(JsonSerializer.Serialize(value));
}
