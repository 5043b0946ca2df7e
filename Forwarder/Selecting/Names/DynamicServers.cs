using System.Collections.Concurrent;
using System.Net;
using SniForward.Routing;

namespace SniForward.Selecting.Names;

/// <summary>
/// Servers by the names that clients choose. The names are the clients', so that only so many are remembered; and whatever
/// a name resolves to, only addresses that the configuration allows are dialled.
/// </summary>
/// <param name="allowed">Holds the addresses that may be dialled, with values above 0.</param>
/// <param name="create">Makes the server of a name.</param>
internal sealed class DynamicServers(NetworkTable allowed, Func<string, Server> create)
{
    /// <summary>How many names are remembered at least, and at most twice as many.</summary>
    private const int Remembered = 2048;

    private readonly Lock _lock = new();
    private volatile ConcurrentDictionary<string, Server> _recent = new();
    private volatile ConcurrentDictionary<string, Server> _older = new();

    /// <summary>Whether a server at <paramref name="address"/> may be dialled.</summary>
    public bool MayDial(IPAddress address) => allowed.Find(address) > 0;

    /// <summary>The server of a name in normal form.</summary>
    public Server Find(ReadOnlySpan<char> name)
    {
        if (_recent.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var server)) return server;
        if (!_older.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out server)) server = create(name.ToString());
        lock (_lock)
        {
            if (_recent.Count >= Remembered) (_older, _recent) = (_recent, new());
            return _recent.GetOrAdd(name.ToString(), server);
        }
    }
}
