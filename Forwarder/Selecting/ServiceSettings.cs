namespace SniForward.Selecting;

/// <summary>What a configuration says of the servers that the SRV records of a service name (RFC 2782).</summary>
/// <param name="Name">The records' name, such as "_https._tcp.api.internal".</param>
/// <param name="IsBackup">Whether they serve only while no other server can.</param>
/// <param name="MaxConnections">The most connections open to each at once; 0: no limit.</param>
internal sealed record ServiceSettings(string Name, bool IsBackup = false, int MaxConnections = 0);
