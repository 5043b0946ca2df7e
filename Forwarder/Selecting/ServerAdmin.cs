namespace SniForward.Selecting;

/// <summary>What an operator has decided about a server. It lasts until decided otherwise, or until the process ends.</summary>
internal enum ServerAdmin
{
    /// <summary>It serves as far as it is fit.</summary>
    In,

    /// <summary>It gets no new connections; those that it has go on.</summary>
    Draining,

    /// <summary>It gets no new connections, and those that it had were cut.</summary>
    Out,
}
