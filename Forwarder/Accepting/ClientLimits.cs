using System.Net;

namespace SniForward.Accepting;

/// <summary>
/// Connections and their rate by client address. An IPv6 client counts as its /64, which one host has whole. Only
/// addresses with open connections or a bucket not yet full again are kept.
/// </summary>
/// <param name="maxOpen">The most open connections of one address; 0: no limit.</param>
/// <param name="perSecond">New connections of one address per second; 0: no limit. A burst of one second's worth, at least 1, is let through.</param>
/// <param name="time">The clock by which buckets fill.</param>
internal sealed class ClientLimits(int maxOpen, double perSecond, TimeProvider time)
{
    private const int SweepEvery = 4096;

    private readonly Dictionary<UInt128, Client> _clients = [];
    private readonly Lock _lock = new();
    private readonly double _burst = Math.Max(1, perSecond);
    private int _untilSweep = SweepEvery;

    /// <summary>Whether any limit is set; if not, nothing needs to be asked.</summary>
    public bool Enabled => maxOpen > 0 || perSecond > 0;

    /// <summary>How many clients are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _clients.Count;
        }
    }

    /// <summary>Counts a new connection of <paramref name="address"/>, to be released in any case. False if it is over a limit.</summary>
    public bool TryEnter(IPAddress address)
    {
        lock (_lock)
        {
            if (--_untilSweep == 0) Sweep();
            var key = Key(address);
            if (!_clients.TryGetValue(key, out var client))
            {
                client = new Client { Tokens = _burst, RefilledAt = time.GetTimestamp() };
                _clients.Add(key, client);
            }
            client.Open++;
            if (maxOpen > 0 && client.Open > maxOpen) return false;
            if (perSecond <= 0) return true;

            Refill(client);
            if (client.Tokens < 1) return false;
            client.Tokens--;
            return true;
        }
    }

    /// <summary>Gives back a connection counted by <see cref="TryEnter"/>.</summary>
    public void Leave(IPAddress address)
    {
        lock (_lock)
        {
            var key = Key(address);
            var client = _clients[key];
            client.Open--;
            if (client.Open == 0 && perSecond <= 0) _clients.Remove(key);
        }
    }

    private void Refill(Client client)
    {
        var now = time.GetTimestamp();
        client.Tokens = Math.Min(_burst, client.Tokens + perSecond * time.GetElapsedTime(client.RefilledAt, now).TotalSeconds);
        client.RefilledAt = now;
    }

    private void Sweep()
    {
        foreach (var (key, client) in _clients)
        {
            if (client.Open > 0) continue;
            Refill(client);
            if (client.Tokens >= _burst) _clients.Remove(key);
        }
        _untilSweep = Math.Max(SweepEvery, _clients.Count);
    }

    private static UInt128 Key(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        if (length == 16) bytes[8..].Clear();
        else bytes[length..].Clear();
        var key = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return length == 16 ? key : key | 1;
    }

    private sealed class Client
    {
        public int Open;
        public double Tokens;
        public long RefilledAt;
    }
}
