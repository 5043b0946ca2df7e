using System.Net;
using Microsoft.Extensions.Logging;
using SniForward.Framing;
using SniForward.Peeking;
using SniForward.Securing;
using SniForward.Telemetry;
using SniForward.Telemetry.Access;

namespace SniForward.Startup.Configuration;

/// <summary>A whole, valid configuration: every reference in it resolves. Immutable.</summary>
internal sealed record ForwarderConfig
{
    public required IReadOnlyList<ListenerConfig> Listeners { get; init; }

    public required IReadOnlyList<RouteConfig> Routes { get; init; }

    /// <summary>The named backends and, under their address as written, those given inline; each once.</summary>
    public required IReadOnlyList<BackendConfig> Backends { get; init; }

    /// <summary>The certificates of routes and of this machine as a client of servers; each once.</summary>
    public IReadOnlyList<LoadedCertificate> Certificates { get; init; } = [];

    /// <summary>The name of the backend of unmatched and nameless connections; null: they are refused.</summary>
    public string? DefaultBackend { get; init; }

    /// <summary>The engine that moves the bytes.</summary>
    public TransportKind Transport { get; init; }

    /// <summary>How many engines there are, each one thread; 0: one for each core.</summary>
    public int Threads { get; init; }

    public TimeoutsConfig Timeouts { get; init; } = new();

    public LimitsConfig Limits { get; init; } = new();

    /// <summary>Whether there may be only so many connections, of whatever kind.</summary>
    public bool HasLimits => Limits.Connections > 0 || Limits.ConnectionsPerClient > 0 || Routes.Any(route => route.MaxConnections > 0);

    public DnsConfig Dns { get; init; } = new();

    public LogConfig Log { get; init; } = new();

    /// <summary>Null: there is no admin listener.</summary>
    public AdminConfig? Admin { get; init; }

    /// <summary>Whether a change of its file is taken over by itself.</summary>
    public bool IsWatched { get; init; } = true;

    /// <summary>Null: figures are sent to nobody.</summary>
    public OtlpConfig? Otlp { get; init; }

    /// <summary>The name of its file.</summary>
    public string Source { get; init; } = "";

    /// <summary>What is in that, without secrets.</summary>
    public string Text { get; init; } = "";
}

/// <summary>One <c>[[listener]]</c>.</summary>
/// <param name="Name">Unique; used in logs.</param>
/// <param name="Bind">IP or unix endpoints, at least one. <c>[::]</c> is dual-stack.</param>
/// <param name="Protocols">What it accepts; <see cref="Peeking.Protocols.Any"/> if it does not peek.</param>
/// <param name="Peek">False: nothing is read, every connection goes to the default.</param>
/// <param name="DefaultBackend">The name of its own default backend; null: that of the configuration.</param>
/// <param name="FirstByte">How long a client may be silent before it goes to the default; null: for the whole peek.</param>
/// <param name="Proxy">Whether and from whom it takes PROXY headers; null: from nobody.</param>
internal sealed record ListenerConfig(
    string Name, IReadOnlyList<EndPoint> Bind, Protocols Protocols, bool Peek, string? DefaultBackend, TimeSpan? FirstByte, InboundProxy? Proxy)
{
    /// <summary>How it routes HTTP/1 by request; null: by connection.</summary>
    public HttpConfig? Http { get; init; }
}

/// <summary><c>http_routing = "request"</c>, and what goes with it.</summary>
/// <param name="Forwarded">What servers are told of clients.</param>
/// <param name="Trusted">The proxies in front, whose word of their own clients is sent on; null: there are none.</param>
/// <param name="RequestsPerClient">Requests of one client address per second; 0: no limit.</param>
/// <param name="RequestsBurst">How many of them may come at once; at least 1.</param>
internal sealed record HttpConfig(ForwardedStyle Forwarded, InboundProxy? Trusted, double RequestsPerClient, double RequestsBurst);

/// <summary><c>[timeouts]</c>.</summary>
internal sealed record TimeoutsConfig
{
    /// <summary>For the whole first flight, absolute.</summary>
    public TimeSpan Peek { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For reaching a server, over all servers and addresses tried.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Without a byte in either direction.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Between two requests of a connection whose requests are routed one by one.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Without a byte, once one side has ended.</summary>
    public TimeSpan HalfClosed { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Between SIGTERM, when it says that it is not ready any more, and the end of accepting.</summary>
    public TimeSpan DrainDelay { get; init; }

    /// <summary>For open connections to end after that.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary><c>[limits]</c>; 0 means no limit.</summary>
internal sealed record LimitsConfig
{
    /// <summary>Open connections of the whole process.</summary>
    public int Connections { get; init; }

    /// <summary>Open connections of one client address.</summary>
    public int ConnectionsPerClient { get; init; }

    /// <summary>New connections of one client address per second.</summary>
    public double NewConnectionsPerClient { get; init; }

    /// <summary>How many of them may come at once; at least 1.</summary>
    public double NewConnectionsBurst { get; init; } = 1;

    /// <summary>Of one connection, from the client to the server, in bytes per second.</summary>
    public long UploadRate { get; init; }

    /// <summary>Of one connection, from the server to the client, in bytes per second.</summary>
    public long DownloadRate { get; init; }

    /// <summary>Networks that may connect; empty: all.</summary>
    public IReadOnlyList<IPNetwork> Allow { get; init; } = [];

    /// <summary>Networks that may not connect.</summary>
    public IReadOnlyList<IPNetwork> Deny { get; init; } = [];

    /// <summary>The largest first flight that is read, in bytes, 1 KiB to 64 KiB.</summary>
    public int PeekBytes { get; init; } = 64 * 1024;

    /// <summary>What all first flights together may hold beyond 4 KiB each, in bytes, 1 MiB to 16 GiB.</summary>
    public long PeekMemory { get; init; } = 64L << 20;
}

/// <summary>The engines there are.</summary>
internal enum TransportKind
{
    /// <summary>The fastest that the platform has.</summary>
    Automatic,

    /// <summary>Linux only.</summary>
    Epoll,

    /// <summary>System.Net.Sockets, everywhere.</summary>
    Sockets,
}

/// <summary><c>[log]</c>.</summary>
internal sealed record LogConfig
{
    public LogLevel Level { get; init; } = LogLevel.Information;

    public LogFormat Format { get; init; } = LogFormat.Text;

    /// <summary>The lines about connections.</summary>
    public AccessSettings Access { get; init; } = new();

    /// <summary>Whether that line has the JA4 fingerprint of TLS clients.</summary>
    public bool Ja4 { get; init; }
}

/// <summary><c>[admin]</c>.</summary>
/// <param name="Bind">Where it listens, an IP or a unix endpoint.</param>
/// <param name="Token">What requests must show; null: nothing, which only a loopback address and a unix socket allow.</param>
/// <param name="IsTokenInline">Whether the token is in the configuration itself.</param>
internal sealed record AdminConfig(EndPoint Bind, string? Token, bool IsTokenInline);

/// <summary>How figures are sent.</summary>
internal enum OtlpProtocol
{
    Http,
    Grpc,
}

/// <summary><c>[otlp]</c>. Null: as OpenTelemetry's environment variables say, or as is usual.</summary>
internal sealed record OtlpConfig
{
    /// <summary>The collector's URL, to which the path for metrics is added.</summary>
    public Uri? Endpoint { get; init; }

    public OtlpProtocol? Protocol { get; init; }

    /// <summary>From one time that figures are sent to the next.</summary>
    public TimeSpan? Interval { get; init; }
}
