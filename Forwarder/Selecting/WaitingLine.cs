namespace SniForward.Selecting;

/// <summary>
/// The connections that wait for a place at a server of one backend, first come, first served. Nobody comes here, nor
/// takes its lock, before every server is full.
/// </summary>
/// <param name="most">The most that may wait, at least 1.</param>
internal sealed class WaitingLine(int most)
{
    private readonly LinkedList<TaskCompletionSource<Server?>> _waiting = [];
    private readonly Lock _lock = new();
    private int _count;

    /// <summary>How many wait.</summary>
    public int Count => Volatile.Read(ref _count);

    public bool IsEmpty => Count == 0;

    /// <summary>Joins at the end; null if as many wait as may. <see cref="Leave"/> must follow.</summary>
    public LinkedListNode<TaskCompletionSource<Server?>>? Join()
    {
        lock (_lock)
        {
            if (_count >= most) return null;
            Volatile.Write(ref _count, _count + 1);
            return _waiting.AddLast(new TaskCompletionSource<Server?>(TaskCreationOptions.RunContinuationsAsynchronously));
        }
    }

    /// <summary>Leaves the line, with the server that was handed over; null if none was.</summary>
    public Server? Leave(LinkedListNode<TaskCompletionSource<Server?>> place)
    {
        lock (_lock)
        {
            if (place.List is null) return place.Value.Task.Result;
            Remove(place);
            return null;
        }
    }

    /// <summary>Hands a connection of <paramref name="server"/>, which is taken already, to the first. False if nobody waits.</summary>
    public bool TryHand(Server server)
    {
        lock (_lock)
        {
            if (_waiting.First is not { } first) return false;
            Remove(first);
            first.Value.SetResult(server);
            return true;
        }
    }

    /// <summary>Sends everybody away: no server is left to wait for.</summary>
    public void Dismiss()
    {
        lock (_lock)
        {
            while (_waiting.First is { } first)
            {
                Remove(first);
                first.Value.SetResult(null);
            }
        }
    }

    private void Remove(LinkedListNode<TaskCompletionSource<Server?>> place)
    {
        _waiting.Remove(place);
        Volatile.Write(ref _count, _count - 1);
    }
}
