using SniForward.Bench.Load;
using SniForward.Bench.Load.Tls;

namespace SniForward.Bench.Compare;

/// <summary>One thing that is measured of every peer.</summary>
/// <param name="Id">As in the CSV.</param>
/// <param name="Group">As given with <c>--only</c>; the report has a chapter for each.</param>
/// <param name="Title">In a few words, within its group.</param>
internal sealed record Workload(string Id, string Group, string Title)
{
    public const string Bulk = "bulk";
    public const string KeepAlive = "keepalive";
    public const string NewConnections = "connections";
    public const string Memory = "memory";
    public const string StartUp = "startup";
    public const string Fairness = "fairness";
    public const string Syscalls = "syscalls";
    public const string Handshakes = "handshakes";
    public const string Encrypted = "encrypted";

    public const string Http = "http";

    private const double WarmUp = 0.3;

    // What is compiled while it runs takes that long to be.
    private const double HttpWarmUp = 1;

    public LoadKind Kind { get; init; }

    public int Connections { get; init; }

    public int BulkConnections { get; init; }

    public OriginOrder Order { get; init; }

    /// <summary>What only a proxy has: memory, and a start.</summary>
    public bool NeedsProxy { get; init; }

    /// <summary>In a process of its own: what others have left would be used again.</summary>
    public bool NeedsNewProcess { get; init; }

    /// <summary>The TLS that ends in the proxy; null: it passes through.</summary>
    public TlsOffer? Tls { get; init; }

    /// <summary>It is about HTTP that is routed request by request.</summary>
    public bool IsHttp => Group == Http;

    public LoadRequest ToRequest(PeerPorts ports, bool isDirect, IReadOnlyList<int> proxy, double seconds) => new()
    {
        Kind = Kind,
        Port = IsHttp ? ports.Http.Listen : Tls is null ? ports.Listen.First : ports.Tls,
        SecondPort = ports.Listen.Second,
        BulkPort = IsHttp ? isDirect ? ports.Http.Bulk : ports.Http.Listen : isDirect ? ports.Bulk : ports.Listen.First,
        Proxy = proxy,
        Connections = Connections,
        BulkConnections = BulkConnections,
        Order = Order,
        Tls = Tls,
        Http = IsHttp,
        WarmUp = IsHttp ? HttpWarmUp : WarmUp,
        Seconds = seconds,
    };
}
