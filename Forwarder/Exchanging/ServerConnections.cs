using SniForward.Routing;
using SniForward.Selecting;

namespace SniForward.Exchanging;

/// <summary>One client's connections to servers that wait for its next request. They serve nobody else.</summary>
internal sealed class ServerConnections
{
    /// <summary>The most that wait for one client; beyond that, the one that has waited longest is closed.</summary>
    public const int Most = 4;

    // Fixed places, so that whoever closes those to one server may look from another thread.
    private readonly ServerConnection?[] _places = new ServerConnection?[Most];
    private long _turn;

    /// <summary>Takes the one that leads where a request is to go; null: there is none, or its server has ended it.</summary>
    public ServerConnection? TryTake(Route? route, Backend backend, Server? named)
    {
        for (var index = 0; index < Most; index++)
        {
            if (_places[index] is { } connection && connection.Serves(route, backend, named) && connection.TryAsk())
            {
                _places[index] = null;
                return connection;
            }
        }
        return null;
    }

    /// <summary>An object for one that is to begin.</summary>
    public ServerConnection Rent()
    {
        for (var index = 0; index < Most; index++)
        {
            if (_places[index] is not { IsGone: true } gone) continue;
            _places[index] = null;
            return gone;
        }
        return new ServerConnection();
    }

    /// <summary>Keeps one whose exchange is over for the next.</summary>
    public void Keep(ServerConnection connection)
    {
        ref var place = ref OldestPlace();
        place?.Close();
        connection.Turn = ++_turn;
        place = connection;
        connection.Rest();
    }

    /// <summary>Closes one that is not kept; its object may serve another.</summary>
    public void Close(ServerConnection connection)
    {
        connection.Close();
        // On an engine of several threads its end may take a while, and the object is left to that.
        if (!connection.IsGone) return;
        ref var place = ref OldestPlace();
        if (place is null) place = connection;
    }

    /// <summary>Closes those that are kept and lead to <paramref name="server"/>. From any thread.</summary>
    public void CloseTo(ServerState server)
    {
        foreach (var connection in _places) connection?.CloseIfTo(server);
    }

    /// <summary>Closes those that are kept: the client has gone.</summary>
    public void CloseAll()
    {
        foreach (var connection in _places) connection?.Close();
    }

    /// <summary>A place that is free, or whose connection has ended, or the one that has waited longest.</summary>
    private ref ServerConnection? OldestPlace()
    {
        var oldest = 0;
        for (var index = 0; index < Most; index++)
        {
            if (_places[index] is null or { IsGone: true }) return ref _places[index];
            if (_places[index]!.Turn < _places[oldest]!.Turn) oldest = index;
        }
        return ref _places[oldest];
    }
}
