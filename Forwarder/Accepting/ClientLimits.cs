using System.Buffers.Binary;
using System.Net;

namespace SniForward.Accepting;

/// <summary>
/// Connections and their rate by client address. An IPv6 client counts as its /64, which one host has whole; IPv4 in
/// the form of IPv6 counts as IPv4. Only clients with open connections or a bucket not yet full again are kept, and of
/// those without open connections no more than <see cref="MostIdle"/>; one that is forgotten starts with a full bucket.
/// </summary>
internal sealed class ClientLimits
{
    /// <summary>The most clients that are kept without an open connection.</summary>
    public const int MostIdle = 262_144;

    // So many that cores hardly ever meet; a power of two.
    private const int Shards = 64;

    // Longer than any process lives by any clock, and far from an overflow.
    private const long Forever = 1L << 60;

    private readonly ClientShard[] _shards = new ClientShard[Shards];
    private readonly TimeProvider _time;
    private volatile bool _isEnabled;

    /// <param name="maxOpen">The most open connections of one address; 0: no limit.</param>
    /// <param name="perSecond">New connections of one address per second, as far as the clock can tell them apart; 0: no limit.</param>
    /// <param name="burst">How many of them may come at once after a while without any; at least 1.</param>
    /// <param name="time">The clock by which buckets fill.</param>
    public ClientLimits(int maxOpen, double perSecond, double burst, TimeProvider time)
    {
        _time = time;
        for (var i = 0; i < Shards; i++) _shards[i] = new ClientShard(0, 0, 0, MostIdle / Shards);
        Use(maxOpen, perSecond, burst);
    }

    /// <summary>Whether any limit is set; if not, nothing needs to be asked.</summary>
    public bool Enabled => _isEnabled;

    /// <summary>These limits hold from now on; who is known stays so.</summary>
    /// <param name="maxOpen">The most open connections of one address; 0: no limit.</param>
    /// <param name="perSecond">New connections of one address per second; 0: no limit.</param>
    /// <param name="burst">How many of them may come at once; at least 1.</param>
    public void Use(int maxOpen, double perSecond, double burst)
    {
        var interval = perSecond > 0 ? (long)Math.Clamp(Math.Round(_time.TimestampFrequency / perSecond), 1, Forever) : 0;
        var filling = (long)Math.Min(burst * interval, Forever);
        foreach (var shard in _shards) shard.Use(maxOpen, interval, filling);
        _isEnabled = maxOpen > 0 || interval > 0;
    }

    /// <summary>How many clients are remembered.</summary>
    public int Count => _shards.Sum(shard => shard.Count);

    /// <summary>Counts a new connection of <paramref name="address"/>, to be released in any case. False if it is over a limit.</summary>
    /// <param name="address">The client's.</param>
    /// <param name="wait">After how long it would not be over its rate; zero if it is not, or if that is not why.</param>
    public bool TryEnter(IPAddress address, out TimeSpan wait)
    {
        var key = Key(address);
        var isIn = ShardOf(key).TryEnter(key, Now(), out var ticks);
        wait = TimeSpan.FromSeconds((double)ticks / _time.TimestampFrequency);
        return isIn;
    }

    /// <summary>Counts a connection of <paramref name="address"/> that is let in already, to be released in any case.</summary>
    public void Enter(IPAddress address)
    {
        var key = Key(address);
        ShardOf(key).Enter(key);
    }

    /// <summary>Gives back a connection that was counted.</summary>
    public void Leave(IPAddress address)
    {
        var key = Key(address);
        ShardOf(key).Leave(key, Now());
    }

    private long Now() => _time.GetTimestamp();

    // The hash is seeded anew in each process, so that nobody can choose addresses that meet in one shard.
    private ClientShard ShardOf(UInt128 key) => _shards[key.GetHashCode() & (Shards - 1)];

    private static UInt128 Key(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        // The lower half tells the two families apart.
        return length == 4 || address.IsIPv4MappedToIPv6
            ? new UInt128(BinaryPrimitives.ReadUInt32BigEndian(bytes[(length - 4)..]), 1)
            : new UInt128(BinaryPrimitives.ReadUInt64BigEndian(bytes), 0);
    }
}
