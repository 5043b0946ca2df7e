using System.Net;
using Microsoft.Extensions.Logging;
using SniForward.Accepting;
using SniForward.Selecting;
using SniForward.Splicing;
using SniForward.Startup.Configuration;

namespace SniForward.Startup;

/// <summary>Makes what holds for the connections of each listener of a configuration.</summary>
internal static class ConnectionRulesBuilder
{
    /// <summary>The rules of <paramref name="config"/>. What is the same as before stays the same object.</summary>
    /// <param name="config">What to run.</param>
    /// <param name="backends">Its backends, in its order.</param>
    /// <param name="logger">Where it logs.</param>
    /// <param name="before">The rules before it; null: nothing ran.</param>
    public static RulesInForce Build(ForwarderConfig config, IReadOnlyList<Backend> backends, ILogger logger, RulesInForce? before)
    {
        var last = before?.Rules[0];
        var isRoutedAlike = before is not null && RouteTableBuilder.IsSame(before.Config, config);
        var routes = isRoutedAlike ? last!.Routes : RouteTableBuilder.Build(config);
        var routeLimits = isRoutedAlike ? last!.RouteLimits
            : new RouteLimits([.. config.Routes.Select(route => (NameOf(route), route.MaxConnections))], last?.RouteLimits);
        var terminations = SameOr(last?.Terminations, [.. config.Routes.Select(route => route.Tls)]);
        var all = SameOr(last?.Backends, backends);
        var spliceLimits = new SpliceLimits(
            config.Timeouts.Idle, config.Timeouts.HalfClosed, config.Limits.UploadRate, config.Limits.DownloadRate);
        return new RulesInForce(config, [.. config.Listeners.Select((listener, index) => SameOrNew(new ConnectionRules
        {
            Listener = listener.Name,
            ListenerIndex = index,
            Protocols = listener.Protocols,
            Peek = listener.Peek,
            FirstByte = listener.FirstByte,
            Proxy = listener.Proxy,
            LogsJa4 = config.Log.Ja4,
            PeekBytes = config.Limits.PeekBytes,
            PeekTimeout = config.Timeouts.Peek,
            SpliceLimits = spliceLimits,
            Routes = routes,
            Terminations = terminations,
            RouteLimits = routeLimits,
            Backends = all,
            ConnectTimeout = config.Timeouts.Connect,
            Logger = logger,
            IsByRequest = listener.Http is not null,
            KeepAlive = config.Timeouts.KeepAlive,
            Forwarded = listener.Http?.Forwarded ?? default,
            TrustedProxies = listener.Http?.Trusted,
            RequestWait = RequestWaitOf(listener),
        }))]);

        ConnectionRules SameOrNew(ConnectionRules rules) => before?.Rules.FirstOrDefault(old => old == rules) ?? rules;

        Func<IPAddress, TimeSpan>? RequestWaitOf(ListenerConfig listener)
        {
            if (listener.Http is not { RequestsPerClient: > 0 and var perSecond, RequestsBurst: var burst }) return null;
            var same = before?.Rules.FirstOrDefault(old => old.Listener == listener.Name && old.RequestWait?.Target is RequestLimit limit && limit.Is(perSecond, burst));
            return same?.RequestWait ?? new RequestLimit(perSecond, burst, TimeProvider.System).Wait;
        }
    }

    private static IReadOnlyList<T> SameOr<T>(IReadOnlyList<T>? before, IReadOnlyList<T> now) => before is not null && before.SequenceEqual(now) ? before : now;

    /// <summary>What tells a route from the others, also of another configuration.</summary>
    private static string NameOf(RouteConfig route) =>
        $"{string.Join(',', route.Hosts)} {route.Protocols} {string.Join(',', route.Alpn)} {string.Join(',', route.Clients)} {string.Join(',', route.Listeners)}";
}
