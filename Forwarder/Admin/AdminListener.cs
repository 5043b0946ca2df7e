using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using SniForward.Transport;
using SniForward.Transport.Epoll;

namespace SniForward.Admin;

/// <summary>
/// Answers operators and their tools by HTTP/1.1, apart from the clients: it is there before the first listener, and ends
/// after the last connection.
/// </summary>
internal sealed class AdminListener : IAsyncDisposable
{
    /// <summary>How many connections it has at once; more are closed. They are no clients, and must not take the clients' descriptors.</summary>
    public const int MostConnections = 32;

    private const int LargestRequest = 64 * 1024;

    /// <summary>How long answers on their way may take at the end.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan HeadTimeout = TimeSpan.FromSeconds(10);

    private readonly WebApplication _app;
    private readonly Socket _socket;
    private readonly UnixSocketFile _file;
    private readonly AdminApi _api;
    private volatile Readiness _readiness = Readiness.Starting;

    private AdminListener(Socket socket, UnixSocketFile file, BearerToken? token, MeterProvider? meters, ILoggerFactory logs)
    {
        (_socket, _file) = (socket, file);
        Address = socket.LocalEndPoint!;
        _app = Build(socket, logs);
        _app.Use(next => context =>
        {
            (context.Features.Get<IConnectionLifetimeNotificationFeature>() as FirstRequest)?.Asked();
            return next(context);
        });
        var isUnix = socket.AddressFamily == AddressFamily.Unix;
        // A browser is led here by a name of its own that a stranger has; without a token nothing else would tell.
        if (token is null && !isUnix) _app.Use(next => context => IsOpenToAll(context) || RequestOrigin.NamesNoStranger(context.Request.Host) ? next(context) : RefuseNameAsync(context));
        if (token is not null) _app.Use(next => context => IsOpenToAll(context) || token.Admits(context.Request.Headers.Authorization) ? next(context) : RefuseAsync(context));
        Map("/livez", static context => context.Response.WriteAsync("alive\n"));
        Map("/readyz", AnswerReadinessAsync);
        if (meters is not null) _app.MapPrometheusScrapingEndpoint("/metrics", meters, configureBranchedPipeline: null, optionsName: null);
        _api = new AdminApi(mayChange: token is not null || isUnix);
        _api.Map(_app, () => _readiness);
    }

    /// <summary>The address that was really bound.</summary>
    public EndPoint Address { get; }

    /// <summary>What /readyz says.</summary>
    public Readiness Readiness
    {
        get => _readiness;
        set => _readiness = value;
    }

    /// <summary>The process serves clients: this is what is shown of it.</summary>
    /// <param name="view">Of what runs.</param>
    /// <param name="reload">Reloads the configuration, and tells what is wrong with it.</param>
    public void Serve(ForwarderView view, Func<Task<IReadOnlyList<string>>> reload)
    {
        _api.Show(view, reload);
        _readiness = Readiness.Serving;
    }

    /// <summary>Binds and answers.</summary>
    /// <param name="bind">Port 0 takes a free one; a unix socket's file that nobody listens on any more is replaced.</param>
    /// <param name="given">Listens there already, and is used instead; it is duplicated, and stays the caller's.</param>
    /// <param name="givenFile">The file of that, which is deleted in the end.</param>
    /// <param name="token">What requests must show, but those for /livez and /readyz; null: nothing.</param>
    /// <param name="meters">Whose figures /metrics shows, by its Prometheus exporter; null: there is no /metrics.</param>
    /// <param name="logs">Where it logs.</param>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public static async Task<AdminListener> StartAsync(EndPoint bind, Socket? given, UnixSocketFile givenFile, BearerToken? token, MeterProvider? meters, ILoggerFactory logs)
    {
        var file = given is null ? UnixSocketFile.Claim(bind) : givenFile;
        var socket = (given, bind) switch
        {
            ({ } listening, _) => Descriptor.Duplicate(listening.SafeHandle),
            (_, UnixDomainSocketEndPoint) => UnixSocket.Bind(bind),
            _ => SocketTransportOptions.CreateDefaultBoundListenSocket(bind),
        };
        var admin = new AdminListener(socket, file, token, meters, logs);
        await admin._app.StartAsync().ConfigureAwait(false);
        return admin;
    }

    /// <summary>Another descriptor of its socket, for another process; the file of a unix socket is not deleted any more.</summary>
    /// <exception cref="SocketException">No descriptor is left.</exception>
    public Socket Share()
    {
        _file.Keep();
        return Descriptor.Duplicate(_socket.SafeHandle);
    }

    /// <summary>Stops listening; answers on their way have a second.</summary>
    public async ValueTask DisposeAsync()
    {
        // Without it Kestrel is disposed of with everything that it has.
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        _api.Dispose();
        _file.Delete();
    }

    private static WebApplication Build(Socket socket, ILoggerFactory logs)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Grace);
        // Bound before, so that what is wrong with the address comes as it is.
        builder.Services.Configure<SocketTransportOptions>(options => options.CreateBoundListenSocket = _ => socket);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxConcurrentConnections = MostConnections;
            options.Limits.MaxRequestBodySize = LargestRequest;
            options.Limits.RequestHeadersTimeout = HeadTimeout;
            options.Listen(
                socket.LocalEndPoint!,
                static listen =>
                {
                    listen.Protocols = HttpProtocols.Http1;
                    listen.Use(CloseInOrder);
                    listen.Use(AnswerOnce);
                });
        });
        return builder.Build();
    }

    /// <summary>.NET, when it closes a socket that it waits on, has it reset what it accepted: with it another process that shares it.</summary>
    private static ConnectionDelegate CloseInOrder(ConnectionDelegate next) => connection =>
    {
        connection.Features.Get<IConnectionSocketFeature>()!.Socket.LingerState = new LingerOption(enable: false, seconds: 0);
        return next(connection);
    };

    private static ConnectionDelegate AnswerOnce(ConnectionDelegate next) => async connection =>
    {
        if (connection.Features.Get<IConnectionLifetimeNotificationFeature>() is not { } kestrels)
        {
            await next(connection).ConfigureAwait(false);
            return;
        }
        using var first = new FirstRequest(kestrels.ConnectionClosedRequested);
        connection.Features.Set<IConnectionLifetimeNotificationFeature>(first);
        await next(connection).ConfigureAwait(false);
    };

    private void Map(string path, RequestDelegate answer) => _app.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], answer);

    /// <summary>Who looks whether the process is well has no secrets to keep, nor to learn; the page itself is no secret, and asks for the token.</summary>
    private static bool IsOpenToAll(HttpContext context) =>
        context.Request.Path.Value is "/livez" or "/readyz" || AdminPage.Paths.Contains(context.Request.Path.Value);

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return context.Response.WriteAsync("This needs \"Authorization: Bearer TOKEN\", with the token of [admin] in the configuration.\n");
    }

    private static Task RefuseNameAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsync("Without a token this answers to an address and to localhost only, not to another name.\n");
    }

    private Task AnswerReadinessAsync(HttpContext context)
    {
        var readiness = _readiness;
        if (readiness != Readiness.Serving) context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync($"{readiness.Name()}\n");
    }
}
