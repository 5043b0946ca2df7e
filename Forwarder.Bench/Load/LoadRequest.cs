using SniForward.Bench.Load.Tls;

namespace SniForward.Bench.Load;

/// <summary>One measurement, as asked of the load process.</summary>
internal sealed record LoadRequest
{
    public required LoadKind Kind { get; init; }

    /// <summary>The port of loopback where the proxy listens, or, without a proxy, the origin.</summary>
    public required int Port { get; init; }

    /// <summary>Another port of the same, that leads to another port of the origin by a name without a route.</summary>
    public required int SecondPort { get; init; }

    /// <summary>The same for bulk transfers; it differs only without a proxy.</summary>
    public required int BulkPort { get; init; }

    /// <summary>The proxy's processes; none without a proxy.</summary>
    public IReadOnlyList<int> Proxy { get; init; } = [];

    /// <summary>Connections at once.</summary>
    public int Connections { get; init; } = 1;

    /// <summary>Bulk transfers, and the way they go.</summary>
    public int BulkConnections { get; init; }

    public OriginOrder Order { get; init; }

    /// <summary>The TLS that is to end in the proxy; null: what it gets is only made to look like TLS.</summary>
    public TlsOffer? Tls { get; init; }

    /// <summary>HTTP, instead of a hello and bytes that mean nothing.</summary>
    public bool Http { get; init; }

    /// <summary>Seconds before the measured interval.</summary>
    public double WarmUp { get; init; }

    /// <summary>Seconds of the measured interval.</summary>
    public double Seconds { get; init; }
}
