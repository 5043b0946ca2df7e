namespace SniForward.Tests.EndToEnd;

/// <summary>What is wrong with a server.</summary>
internal enum ChaosFault
{
    /// <summary>Nothing: it answers.</summary>
    None,

    /// <summary>It is gone: its port refuses, and the connections that it had are reset.</summary>
    Killed,

    /// <summary>It takes no new connections; those that it had go on.</summary>
    Closed,

    /// <summary>It hangs: its port does not even refuse.</summary>
    Deaf,

    /// <summary>It takes connections and resets them at once.</summary>
    Resets,

    /// <summary>It resets each connection in the middle of its answer.</summary>
    DiesHalfway,
}
