using System.Net;

namespace SniForward.Selecting;

/// <summary>One server of a backend.</summary>
/// <param name="address">An <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/> or a unix socket's.</param>
/// <param name="maxConnections">The most connections open to it at once; 0: no limit.</param>
internal sealed class Server(EndPoint address, int maxConnections)
{
    private int _open;

    public EndPoint Address => address;

    /// <summary>Connections open to it, or being opened.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Takes one of its connections. False if all are taken; else <see cref="Release"/> gives it back.</summary>
    public bool TryTake()
    {
        if (Interlocked.Increment(ref _open) <= maxConnections || maxConnections == 0) return true;
        Release();
        return false;
    }

    public void Release() => Interlocked.Decrement(ref _open);
}
