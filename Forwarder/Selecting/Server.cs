using System.Net;

namespace SniForward.Selecting;

/// <summary>One server of a backend.</summary>
/// <param name="address">An <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/> or a unix socket's.</param>
/// <param name="maxConnections">The most connections open to it at once; 0: no limit.</param>
internal sealed class Server(EndPoint address, int maxConnections)
{
    private int _open;

    public EndPoint Address => address;

    /// <summary>Takes one of its connections. False if all are taken; else <see cref="Release"/> gives it back.</summary>
    public bool TryTake()
    {
        // Without a limit nobody counts: the count is shared by every core.
        if (maxConnections == 0 || Interlocked.Increment(ref _open) <= maxConnections) return true;
        Release();
        return false;
    }

    public void Release()
    {
        if (maxConnections > 0) Interlocked.Decrement(ref _open);
    }
}
