using System.Net;
using Microsoft.Extensions.Logging;
using SniForward.Framing;
using SniForward.Peeking;
using SniForward.Routing;
using SniForward.Securing;
using SniForward.Selecting;
using SniForward.Splicing;

namespace SniForward;

/// <summary>What holds for every connection of one listener. Immutable: a connection keeps the rules it began with.</summary>
internal sealed record ConnectionRules
{
    /// <summary>The listener's name, for logs.</summary>
    public required string Listener { get; init; }

    /// <summary>The listener's index in <see cref="Routes"/>.</summary>
    public required int ListenerIndex { get; init; }

    /// <summary>The protocols it accepts.</summary>
    public required Protocols Protocols { get; init; }

    /// <summary>False: nothing is read before the splice, and every connection goes to the default.</summary>
    public required bool Peek { get; init; }

    /// <summary>How long a client may say nothing before it goes to the default; null: it is refused at the end of the peek.</summary>
    public required TimeSpan? FirstByte { get; init; }

    /// <summary>The PROXY headers it takes; null: none.</summary>
    public required InboundProxy? Proxy { get; init; }

    /// <summary>Whether TLS clients' JA4 fingerprints are logged.</summary>
    public required bool LogsJa4 { get; init; }

    /// <summary>The most that is read of a first flight, in bytes.</summary>
    public required int PeekBytes { get; init; }

    /// <summary>How long a first flight may take, absolute.</summary>
    public required TimeSpan PeekTimeout { get; init; }

    public required SpliceLimits SpliceLimits { get; init; }

    public required RouteTable Routes { get; init; }

    /// <summary>How the TLS of each route's clients ends here, by <see cref="Route.Index"/>; null: it is passed through.</summary>
    public required IReadOnlyList<TlsTermination?> Terminations { get; init; }

    public required RouteLimits RouteLimits { get; init; }

    /// <summary>The backends, by <see cref="RouteMatch.Backend"/>.</summary>
    public required IReadOnlyList<Backend> Backends { get; init; }

    /// <summary>How long reaching a server may take, all attempts together.</summary>
    public required TimeSpan ConnectTimeout { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Whether each HTTP/1 request is routed by itself, and not the connection by its first.</summary>
    public bool IsByRequest { get; init; }

    /// <summary>How long a client may be silent between two requests.</summary>
    public TimeSpan KeepAlive { get; init; }

    /// <summary>What servers are told of the clients of requests.</summary>
    public ForwardedStyle Forwarded { get; init; }

    /// <summary>The proxies in front, whose word of their own clients is sent on; null: there are none.</summary>
    public InboundProxy? TrustedProxies { get; init; }

    /// <summary>Counts a request of a client address, and tells how long it comes too soon; null: nobody counts.</summary>
    public Func<IPAddress, TimeSpan>? RequestWait { get; init; }
}
