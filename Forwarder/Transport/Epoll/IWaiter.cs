namespace SniForward.Transport.Epoll;

/// <summary>Waits, once, for a socket to be readable or writable.</summary>
internal interface IWaiter
{
    /// <summary>It is, or has failed: trying tells.</summary>
    void Ready();

    /// <summary>It was aborted on this side, and never will be.</summary>
    void Aborted();
}
