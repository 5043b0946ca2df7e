namespace SniForward.Transport.Epoll;

/// <summary>Waits on a socket that is paused, and so hears of nothing but its peer's end, until that is gone.</summary>
/// <param name="socket">The socket.</param>
/// <param name="gone">Called then, or when it is aborted on this side.</param>
/// <param name="endCounts">Whether a peer that has ended its side is gone, and not only one that has reset the connection.</param>
internal sealed class PeerWatch(EpollSocket socket, Action gone, bool endCounts) : IWaiter
{
    public void Ready()
    {
        if (endCounts || socket.HasFailed) gone();
        else socket.WaitReadable(this);
    }

    public void Aborted() => gone();
}
