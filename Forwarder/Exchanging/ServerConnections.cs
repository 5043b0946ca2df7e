using SniForward.Routing;
using SniForward.Selecting;

namespace SniForward.Exchanging;

/// <summary>One client's connections to servers that wait for its next request. They serve nobody else.</summary>
internal sealed class ServerConnections
{
    /// <summary>The most that wait for one client; beyond that, the one that has waited longest is closed.</summary>
    public const int Most = 4;

    private readonly List<ServerConnection> _resting = new(Most);
    private readonly Stack<ServerConnection> _gone = new(Most);

    /// <summary>Takes the one that leads where a request is to go; null: there is none, or its server has ended it.</summary>
    public ServerConnection? TryTake(Route? route, Backend backend, Server? named)
    {
        for (var index = _resting.Count - 1; index >= 0; index--)
        {
            var connection = _resting[index];
            if (!connection.Serves(route, backend, named)) continue;
            _resting.RemoveAt(index);
            if (connection.TryAsk()) return connection;
            Close(connection);
        }
        return null;
    }

    /// <summary>An object for one that is to begin.</summary>
    public ServerConnection Rent() => _gone.TryPop(out var connection) ? connection : new ServerConnection();

    /// <summary>Keeps one whose exchange is over for the next.</summary>
    public void Keep(ServerConnection connection)
    {
        connection.Rest();
        _resting.Add(connection);
        for (var index = _resting.Count - 1; index >= 0; index--)
        {
            if (_resting[index].IsGone || (index == 0 && _resting.Count > Most)) CloseAt(index);
        }
    }

    /// <summary>Closes one that is not kept.</summary>
    public void Close(ServerConnection connection)
    {
        connection.Close();
        // On an engine of several threads its end may take a while, and the object is left to that.
        if (connection.IsGone && _gone.Count < Most) _gone.Push(connection);
    }

    /// <summary>Closes those that are kept: the client has gone.</summary>
    public void CloseAll()
    {
        for (var index = _resting.Count - 1; index >= 0; index--) CloseAt(index);
    }

    private void CloseAt(int index)
    {
        var connection = _resting[index];
        _resting.RemoveAt(index);
        Close(connection);
    }
}
