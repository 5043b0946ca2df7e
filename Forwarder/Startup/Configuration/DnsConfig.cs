using System.Net;

namespace SniForward.Startup.Configuration;

/// <summary><c>[dns]</c>.</summary>
internal sealed record DnsConfig
{
    /// <summary>How long an answer for a host name serves, and at most one for a service.</summary>
    public TimeSpan Refresh { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The servers that are asked for services; empty: those of the system.</summary>
    public IReadOnlyList<IPEndPoint> Servers { get; init; } = [];

    public bool Equals(DnsConfig? other) => other is not null && Refresh == other.Refresh && Servers.SequenceEqual(other.Servers);

    public override int GetHashCode() => HashCode.Combine(Refresh, Servers.Count);
}
