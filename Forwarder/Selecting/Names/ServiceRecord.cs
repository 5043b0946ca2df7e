namespace SniForward.Selecting.Names;

/// <summary>One SRV record (RFC 2782).</summary>
/// <param name="Target">The server's host name, in normal form.</param>
/// <param name="Port">From 1 to 65535.</param>
/// <param name="Priority">From 0 to 65535; the servers of the lowest come first.</param>
/// <param name="Weight">From 0 to 65535; its share beside the others of its priority.</param>
internal readonly record struct ServiceRecord(string Target, int Port, int Priority, int Weight);
