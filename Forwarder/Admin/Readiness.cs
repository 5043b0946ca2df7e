namespace SniForward.Admin;

/// <summary>What the process is doing, for those who decide whether to send it clients.</summary>
internal enum Readiness
{
    /// <summary>The listeners are not all bound yet.</summary>
    Starting,

    /// <summary>It accepts clients.</summary>
    Serving,

    /// <summary>It accepts nobody any more, or soon will not; open connections may end.</summary>
    Draining,
}
