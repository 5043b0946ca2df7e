using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace SniForward.Tests.Framing;

/// <summary>Kestrel, which answers every request with 200 and keeps what it saw, by the first segment of the path.</summary>
internal sealed class RecordingServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentDictionary<string, List<SplitRequest>> _seen = new();

    private RecordingServer(WebApplication application) => _application = application;

    public int Port { get; private set; }

    public static async Task<RecordingServer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http1);
            // Who waits for more of a request gives up soon.
            options.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(1);
            options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(1);
            options.Limits.MinRequestBodyDataRate = new MinDataRate(1000, TimeSpan.FromSeconds(1.5));
        });
        var server = new RecordingServer(builder.Build());
        server._application.Run(server.AnswerAsync);
        await server._application.StartAsync(TestContext.Current.CancellationToken);
        var addresses = server._application.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        server.Port = new Uri(addresses.Single()).Port;
        return server;
    }

    /// <summary>What came with a path that begins with <paramref name="tag"/>, in order.</summary>
    public SplitRequest[] Seen(string tag) => _seen.TryGetValue(tag, out var seen) ? [.. seen] : [];

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        string? body = null;
        try
        {
            using var copy = new MemoryStream();
            await context.Request.Body.CopyToAsync(copy, context.RequestAborted);
            body = Encoding.Latin1.GetString(copy.ToArray());
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status400BadRequest)
        {
            // It is refused, as if its head were.
            context.Response.StatusCode = e.StatusCode;
            context.Response.Headers.Connection = "close";
            return;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // It never became whole.
        }

        var seen = _seen.GetOrAdd(Payload.TagOf(target), _ => []);
        lock (seen) seen.Add(new SplitRequest(context.Request.Method, target, context.Request.Headers.Host.ToString(), body));
        context.Response.ContentLength = 2;
        if (body is not null && !HttpMethods.IsHead(context.Request.Method)) await context.Response.WriteAsync("ok", CancellationToken.None);
    }
}
