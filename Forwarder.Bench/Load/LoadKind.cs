namespace SniForward.Bench.Load;

/// <summary>The kinds of load.</summary>
internal enum LoadKind
{
    /// <summary>Bytes, as many as go through.</summary>
    Bulk,

    /// <summary>Small requests, one at a time on each of many connections; with bulk transfers beside them if asked for.</summary>
    KeepAlive,

    /// <summary>Connections, each with one short exchange, one after the other by each of many clients.</summary>
    NewConnections,

    /// <summary>Connections that stay open and do nothing.</summary>
    Idle,

    /// <summary>One connection, tried again and again until it is forwarded.</summary>
    FirstConnection,
}
