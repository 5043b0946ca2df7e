namespace SniForward.Framing;

/// <summary>What the next hop is told of its connection.</summary>
internal enum HopConnection
{
    /// <summary>It stays.</summary>
    KeepAlive,

    /// <summary>It ends with this message.</summary>
    Close,

    /// <summary>It is to speak the protocol of the message's Upgrade fields, or does so from here on.</summary>
    Upgrade,
}
