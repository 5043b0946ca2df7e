using System.Runtime.InteropServices;

namespace SniForward.Accepting;

/// <summary>
/// A part of the clients of <see cref="ClientLimits"/>, under a lock of its own. Those with open connections are
/// always kept. Those without are kept for their token bucket, in the order in which they became idle, until it is full
/// again or they are too many; then the oldest is forgotten, which is as if its bucket were full.
/// </summary>
/// <remarks>
/// A bucket is the time at which it is full again, as in the Generic Cell Rate Algorithm (ITU-T I.371, annex A): a
/// token taken moves it on by the time that one takes to come.
/// </remarks>
/// <param name="maxOpen">The most open connections of one client; 0: no limit.</param>
/// <param name="interval">The time in which one token comes, in the unit of the callers' clock; 0: no limit.</param>
/// <param name="burst">The time in which an empty bucket fills; at least <paramref name="interval"/>.</param>
/// <param name="mostIdle">The most clients that are kept without an open connection; at least 1.</param>
internal sealed class ClientShard(int maxOpen, long interval, long burst, int mostIdle)
{
    // More than the one that an entry may add, so that the full ones become fewer.
    private const int DroppedAtOnce = 2;

    // The place of no client: its neighbours are the oldest and the newest idle one, or itself.
    private const int Ends = 0;

    private readonly Dictionary<UInt128, int> _places = [];
    private readonly Lock _lock = new();
    private Client[] _clients = new Client[8];
    private int _used = 1;
    private int _idle;
    private int _firstFree = Ends;

    /// <summary>How many clients are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _places.Count;
        }
    }

    /// <summary>These limits hold from now on, for the clients that are known too.</summary>
    /// <param name="mostOpen">The most open connections of one client; 0: no limit.</param>
    /// <param name="tokenInterval">The time in which one token comes; 0: no limit.</param>
    /// <param name="burstTime">The time in which an empty bucket fills.</param>
    public void Use(int mostOpen, long tokenInterval, long burstTime)
    {
        lock (_lock) (maxOpen, interval, burst) = (mostOpen, tokenInterval, burstTime);
    }

    /// <summary>Counts a new connection of the client, to be released in any case. False if it is over a limit.</summary>
    /// <param name="key">The client.</param>
    /// <param name="now">By the callers' clock.</param>
    /// <param name="wait">If it comes too soon, by how much; 0: it does not, or nobody knows when one of its connections ends.</param>
    public bool TryEnter(UInt128 key, long now, out long wait)
    {
        wait = 0;
        lock (_lock)
        {
            DropFull(now);
            ref var client = ref Open(key);
            if (maxOpen > 0 && client.Open > maxOpen) return false;
            var fullAt = Math.Max(client.FullAt, now) + interval;
            wait = Math.Max(0, fullAt - (now + burst));
            if (wait > 0) return false;
            client.FullAt = fullAt;
            return true;
        }
    }

    /// <summary>Counts a connection of the client that is let in already, to be released in any case.</summary>
    public void Enter(UInt128 key)
    {
        lock (_lock) Open(key);
    }

    /// <summary>Gives back a connection that was counted.</summary>
    public void Leave(UInt128 key, long now)
    {
        lock (_lock)
        {
            var place = _places[key];
            ref var client = ref _clients[place];
            if (--client.Open > 0) return;
            Append(place);
            if (client.FullAt <= now) Forget(place);
            else if (_idle > mostIdle) Forget(_clients[Ends].Newer);
        }
    }

    // The oldest idle one is full first, or at most the time of a burst after one behind it.
    private void DropFull(long now)
    {
        for (var dropped = 0; dropped < DroppedAtOnce && _idle > 0; dropped++)
        {
            var oldest = _clients[Ends].Newer;
            if (_clients[oldest].FullAt > now) return;
            Forget(oldest);
        }
    }

    private ref Client Open(UInt128 key)
    {
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, key, out var known);
        if (!known) place = Take(key);
        else if (_clients[place].Open == 0) Unlink(place);

        ref var client = ref _clients[place];
        client.Open++;
        return ref client;
    }

    private int Take(UInt128 key)
    {
        var place = _firstFree;
        if (place != Ends) _firstFree = _clients[place].Newer;
        else if ((place = _used++) == _clients.Length) Array.Resize(ref _clients, 2 * place);
        _clients[place] = new Client { Key = key, FullAt = long.MinValue };
        return place;
    }

    private void Forget(int place)
    {
        Unlink(place);
        _places.Remove(_clients[place].Key);
        _clients[place].Newer = _firstFree;
        _firstFree = place;
    }

    private void Append(int place)
    {
        var newest = _clients[Ends].Older;
        (_clients[place].Older, _clients[place].Newer) = (newest, Ends);
        _clients[newest].Newer = _clients[Ends].Older = place;
        _idle++;
    }

    private void Unlink(int place)
    {
        var (older, newer) = (_clients[place].Older, _clients[place].Newer);
        (_clients[older].Newer, _clients[newer].Older) = (newer, older);
        _idle--;
    }

    private struct Client
    {
        public UInt128 Key;
        public long FullAt;
        public int Open;

        // Its neighbours while it is idle; of a free place, the next free one.
        public int Older;
        public int Newer;
    }
}
