using SniForward.Bench.Load;
using SniForward.Bench.Load.Tls;

namespace SniForward.Bench.Compare;

/// <summary>Everything that is measured, in the order in which it is.</summary>
internal static class Workloads
{
    private static readonly int[] IdleConnections = [3_000, 10_000];
    private static readonly int[] BulkConnections = [1, 8];
    private static readonly int[] KeepAliveConnections = [1, 64, 512];

    private static readonly (OriginOrder Order, string Id, string Title)[] Ways =
    [
        (OriginOrder.Download, "down", "down"), (OriginOrder.Upload, "up", "up"), (OriginOrder.Duplex, "both", "both ways at once"),
    ];

    private static readonly TlsOffer Best = new("1.3", "ECDSA");

    /// <summary>From the start of the process to the first connection forwarded; it comes with every turn of a peer.</summary>
    public static readonly Workload StartUp = new("startup", Workload.StartUp, "from exec to the first connection forwarded")
    {
        Kind = LoadKind.FirstConnection,
        NeedsProxy = true,
    };

    /// <summary>The same for those that know HTTP alone; it is not reported.</summary>
    public static readonly Workload HttpStartUp = StartUp with { Group = Workload.Http };

    /// <summary>Counted under strace, which makes everything slow; therefore apart from all that is timed.</summary>
    public static readonly IReadOnlyList<Workload> Syscalls =
    [
        CountedCalls(OriginOrder.AnswerThenWait, "client"),
        CountedCalls(OriginOrder.AnswerThenClose, "origin"),
    ];

    /// <summary>What is measured in every round: first memory, while the process is still new.</summary>
    public static readonly IReadOnlyList<Workload> Rounds =
    [
        .. IdleConnections.Where(count => count <= OpenFilesLimit.ProxyConnections).Select(Idle),
        .. Ways.SelectMany(way => BulkConnections.Select(count => Bulk(way.Order, way.Id, way.Title, count))),
        .. KeepAliveConnections.Select(KeepAlive),
        New(OriginOrder.AnswerThenWait, "client"),
        New(OriginOrder.AnswerThenClose, "origin"),
        new("fairness", Workload.Fairness, "small requests on 16 connections while 8 downloads run")
        {
            Kind = LoadKind.KeepAlive,
            Connections = 16,
            BulkConnections = 8,
            Order = OriginOrder.Download,
        },
        Handshake("13-ecdsa", "TLS 1.3, ECDSA P-256, full", Best),
        Handshake("13-rsa", "TLS 1.3, RSA 2048, full", new("1.3", "RSA")),
        Handshake("13-resumed", "TLS 1.3, resumed where the proxy allows it", Best with { Resumes = true }),
        Handshake("12-ecdsa", "TLS 1.2, ECDSA P-256, full", new("1.2", "ECDSA")),
        Handshake("12-resumed", "TLS 1.2, resumed where the proxy allows it", new("1.2", "ECDSA", Resumes: true)),
        .. Ways[..2].SelectMany(way => BulkConnections.Select(count => Encrypted(Bulk(way.Order, way.Id, way.Title, count), $"{way.Id}-{count}"))),
        Encrypted(KeepAlive(64), "keepalive-64") with { Title = "small requests on 64 connections" },
        Encrypted(Idle(1_000), "memory-1000") with { Title = "memory of 1,000 idle connections", NeedsNewProcess = true },
        .. KeepAliveConnections.Select(count => Http(KeepAlive(count), $"keepalive-{count}", $"small requests on {Count(count)}")),
        .. Ways[..2].SelectMany(way => BulkConnections.Select(count => Http(Bulk(way.Order, way.Id, way.Title, count), $"{way.Id}-{count}", $"bulk {way.Title}, {Count(count)}"))),
        Http(Idle(3_000), "memory-3000", "memory of 3,000 idle connections") with { NeedsNewProcess = true },
    ];

    public static readonly IReadOnlyList<Workload> All = [.. Rounds, StartUp, .. Syscalls];

    private static Workload Idle(int count) => new($"memory-{count}", Workload.Memory, $"{count:N0} idle connections")
    {
        Kind = LoadKind.Idle,
        Connections = count,
        NeedsProxy = true,
    };

    private static Workload Bulk(OriginOrder order, string id, string title, int count) =>
        new($"bulk-{id}-{count}", Workload.Bulk, $"{title}, {Count(count)}") { Kind = LoadKind.Bulk, BulkConnections = count, Order = order };

    private static Workload KeepAlive(int count) =>
        new($"keepalive-{count}", Workload.KeepAlive, Count(count)) { Kind = LoadKind.KeepAlive, Connections = count };

    private static Workload New(OriginOrder order, string closer) =>
        new($"connections-{closer}-closes", Workload.NewConnections, $"32 at once, the {closer} closes")
        {
            Kind = LoadKind.NewConnections,
            Connections = 32,
            Order = order,
        };

    private static Workload CountedCalls(OriginOrder order, string closer) =>
        new($"syscalls-{closer}-closes", Workload.Syscalls, $"system calls per connection, the {closer} closes")
        {
            Kind = LoadKind.NewConnections,
            Connections = 32,
            Order = order,
            NeedsProxy = true,
        };

    private static Workload Handshake(string id, string title, TlsOffer offer) => new($"handshakes-{id}", Workload.Handshakes, title)
    {
        Kind = LoadKind.NewConnections,
        Connections = 16,
        NeedsProxy = true,
        Tls = offer,
    };

    /// <summary>The same as <paramref name="plain"/> in TLS that ends in the proxy.</summary>
    private static Workload Encrypted(Workload plain, string id) =>
        plain with { Id = $"encrypted-{id}", Group = Workload.Encrypted, NeedsProxy = true, Tls = Best };

    /// <summary>The same as <paramref name="plain"/> by HTTP.</summary>
    private static Workload Http(Workload plain, string id, string title) => plain with { Id = $"http-{id}", Group = Workload.Http, Title = title };

    private static string Count(int connections) => connections == 1 ? "1 connection" : $"{connections} connections";
}
