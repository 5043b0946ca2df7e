using CsCheck;

namespace SniForward.Tests.Accepting;

/// <summary>What the clients of one shard may do, told without regard to speed. Times as of the shard.</summary>
internal sealed class ClientModel(int maxOpen, long interval, long burst, int mostIdle)
{
    /// <summary>A few clients that enter or, if they have a connection, leave, some time after what was before.</summary>
    public static readonly Gen<(int Client, int Passes, bool Enters)[]> GenEvents =
        Gen.Select(Gen.Int[0, 7], Gen.Frequency((2, Gen.Const(0)), (2, Gen.Int[1, 5]), (1, Gen.Int[6, 60])), Gen.Bool).Array[1, 200];

    private readonly Dictionary<int, Bucket> _clients = [];
    private readonly List<int> _idle = [];

    public int Count => _clients.Count;

    public bool IsOpen(int client) => _clients.TryGetValue(client, out var bucket) && bucket.Open > 0;

    public bool TryEnter(int client, long now, out long wait)
    {
        foreach (var full in _idle.TakeWhile(idle => Fill(idle, now) == burst).Take(2).ToArray()) Forget(full);
        _idle.Remove(client);
        _clients.TryAdd(client, new Bucket(0, burst, now));

        var level = Fill(client, now);
        _clients[client] = _clients[client] with { Open = _clients[client].Open + 1 };
        var isFull = maxOpen > 0 && _clients[client].Open > maxOpen;
        wait = isFull || level >= interval ? 0 : interval - level;
        if (isFull || wait > 0) return false;
        _clients[client] = _clients[client] with { Level = level - interval };
        return true;
    }

    public void Leave(int client, long now)
    {
        _clients[client] = _clients[client] with { Open = _clients[client].Open - 1 };
        if (_clients[client].Open > 0) return;
        _idle.Add(client);
        if (Fill(client, now) == burst) Forget(client);
        else if (_idle.Count > mostIdle) Forget(_idle[0]);
    }

    private long Fill(int client, long now)
    {
        var bucket = _clients[client];
        var level = Math.Min(burst, bucket.Level + (now - bucket.At));
        _clients[client] = bucket with { Level = level, At = now };
        return level;
    }

    private void Forget(int client)
    {
        _idle.Remove(client);
        _clients.Remove(client);
    }

    private readonly record struct Bucket(int Open, long Level, long At);
}
