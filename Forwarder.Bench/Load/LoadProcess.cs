using System.Net.Sockets;
using System.Text.Json;
using SniForward.Bench.Load.Http;
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
    private readonly BulkOrigin _bulkOrigin = new(BulkOrigin.ServeHello);
    private readonly BulkOrigin _httpBulkOrigin = new(HttpBulk.Serve);

    /// <summary>Serves until its standard input ends.</summary>
    /// <param name="origins">How many ports the origins of small exchanges are to have each.</param>
    public async Task RunAsync(int origins)
    {
        var exchange = Listen(origins, new Origin(engine, Origin.ServeHello));
        var http = Listen(origins, new Origin(engine, HttpExchange.Serve));
        Write(new LoadPorts(exchange, _bulkOrigin.Listen(), http, _httpBulkOrigin.Listen()));
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var request = JsonSerializer.Deserialize<LoadRequest>(line) ?? throw new JsonException("There is no request on the line.");
            Write(await MeasureAsync(request));
        }
    }

    public void Dispose()
    {
        _bulkOrigin.Dispose();
        _httpBulkOrigin.Dispose();
    }

    private static int[] Listen(int ports, Origin origin) => [.. Enumerable.Range(0, ports).Select(_ => origin.Listen())];

    private async Task<LoadResult> MeasureAsync(LoadRequest request)
    {
        try
        {
            if (request.Tls is { } offer) return MeasureTls(request, offer);
            return request.Kind switch
            {
                LoadKind.Bulk => Bulk(request),
                LoadKind.KeepAlive => await KeepAliveAsync(request),
                LoadKind.NewConnections => await LoadEngine.RunAsync(engine, new NewConnectionsLoad(engine, request).RunAsync),
                LoadKind.Idle => await LoadEngine.RunAsync(engine, new IdleLoad(engine, request, ExchangeOf(request)).RunAsync),
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

    private LoadResult Bulk(LoadRequest request)
    {
        using var traffic = TrafficOf(request);
        return BulkLoad.Run(request, traffic);
    }

    private async Task<LoadResult> KeepAliveAsync(LoadRequest request)
    {
        var load = new KeepAliveLoad(engine, request, ExchangeOf(request));
        if (request.BulkConnections == 0) return await LoadEngine.RunAsync(engine, () => load.RunAsync(null));

        using var traffic = TrafficOf(request);
        return await LoadEngine.RunAsync(engine, () => load.RunAsync(traffic));
    }

    private static ISmallExchange ExchangeOf(LoadRequest request) => request.Http ? new HttpExchange() : new HelloExchange();

    private BulkTraffic TrafficOf(LoadRequest request) => request.Http
        ? new BulkTraffic(request, _httpBulkOrigin, HttpBulk.Begin)
        : new BulkTraffic(request, _bulkOrigin, BulkTraffic.BeginWithHello);

    private static void Write<T>(T value) => Console.WriteLine(JsonSerializer.Serialize(value));
}
