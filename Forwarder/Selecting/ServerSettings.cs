using System.Net;

namespace SniForward.Selecting;

/// <summary>What a configuration, or an SRV record, says of one server.</summary>
/// <param name="Address">An <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/> or a unix socket's.</param>
/// <param name="Weight">Its share beside the others', at least 1.</param>
/// <param name="IsBackup">Whether it serves only while no other can.</param>
/// <param name="MaxConnections">The most connections open to it at once; 0: no limit.</param>
/// <param name="IsDynamic">Whether the DNS or a client names it, and not the configuration.</param>
internal sealed record ServerSettings(
    EndPoint Address, int Weight = 1, bool IsBackup = false, int MaxConnections = 0, bool IsDynamic = false);
