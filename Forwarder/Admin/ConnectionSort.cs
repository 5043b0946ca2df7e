namespace SniForward.Admin;

/// <summary>What connections are sorted by.</summary>
internal enum ConnectionSort
{
    /// <summary>How long they are open.</summary>
    Age,

    /// <summary>Bytes from the client.</summary>
    Up,

    /// <summary>Bytes to the client.</summary>
    Down,
}
