namespace SniForward.Selecting;

/// <summary>
/// The connections that wait for a place at a server of one backend, first come, first served. Nobody comes here, nor
/// takes its lock, before every server is full.
/// </summary>
internal sealed class WaitingLine
{
    private readonly LinkedList<Waiter> _waiting = [];
    private readonly Lock _lock = new();
    private int _count;

    /// <summary>How many wait.</summary>
    public int Count => Volatile.Read(ref _count);

    public bool IsEmpty => Count == 0;

    /// <summary>Joins at the end; null if as many wait as may. <see cref="Leave"/> must follow.</summary>
    /// <param name="backend">As the connection knows it: only its servers will do.</param>
    public LinkedListNode<Waiter>? Join(Backend backend)
    {
        lock (_lock)
        {
            if (_count >= backend.Rules.Queue) return null;
            Volatile.Write(ref _count, _count + 1);
            return _waiting.AddLast(new Waiter(backend));
        }
    }

    /// <summary>Leaves the line, with the server that was handed over; null if none was.</summary>
    public Server? Leave(LinkedListNode<Waiter> place)
    {
        lock (_lock)
        {
            if (place.List is null) return place.Value.Task.Result;
            Remove(place);
            return null;
        }
    }

    /// <summary>Sends one away, if it still waits.</summary>
    public void Dismiss(LinkedListNode<Waiter> place)
    {
        lock (_lock)
        {
            if (place.List is null) return;
            Remove(place);
            place.Value.SetResult(null);
        }
    }

    /// <summary>Hands a connection of <paramref name="server"/>, which is taken already, to the first. False if nobody waits for it.</summary>
    public bool TryHand(ServerState server)
    {
        lock (_lock)
        {
            for (var place = _waiting.First; place is not null; place = place.Next)
            {
                // Who came before the configuration was changed may wait for others.
                if (place.Value.Backend.Find(server) is not { } own) continue;
                Remove(place);
                place.Value.SetResult(own);
                return true;
            }
            return false;
        }
    }

    /// <summary>Sends everybody away who waits for servers of <paramref name="backend"/>: none is left to wait for.</summary>
    public void Dismiss(Backend backend)
    {
        lock (_lock)
        {
            var place = _waiting.First;
            while (place is not null)
            {
                var next = place.Next;
                if (place.Value.Backend == backend)
                {
                    Remove(place);
                    place.Value.SetResult(null);
                }
                place = next;
            }
        }
    }

    private void Remove(LinkedListNode<Waiter> place)
    {
        _waiting.Remove(place);
        Volatile.Write(ref _count, _count - 1);
    }
}
