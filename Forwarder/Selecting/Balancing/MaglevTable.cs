using System.IO.Hashing;
using System.Text;

namespace SniForward.Selecting.Balancing;

/// <summary>
/// Hashes to servers, so that each has its share, and that nearly all hashes stay where they are when a server comes or
/// goes (Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, §3.4). It depends on the
/// servers' names, weights and order alone: two processes have the same one.
/// </summary>
internal sealed class MaglevTable
{
    /// <summary>A prime, the smaller of the paper's two: a hundred times as many as a hundred servers make shares differ by about a per cent.</summary>
    public const int Size = 65_537;

    private readonly int[] _entries = new int[Size];

    /// <param name="servers">At most as many as there are entries; names are unique, weights at least 1.</param>
    public MaglevTable(IReadOnlyList<(string Name, int Weight)> servers)
    {
        if (servers.Count == 0) return;
        Array.Fill(_entries, -1);
        var heaviest = servers.Max(server => server.Weight);
        var next = new ulong[servers.Count];
        var skips = new ulong[servers.Count];
        for (var i = 0; i < servers.Count; i++)
        {
            var name = Encoding.UTF8.GetBytes(servers[i].Name);
            next[i] = XxHash3.HashToUInt64(name, seed: 0) % Size;
            skips[i] = XxHash3.HashToUInt64(name, seed: 1) % (Size - 1) + 1;
        }

        // In each round a server takes the next free entry of its own permutation, if its weight makes it that one's turn.
        for (long round = 1, filled = 0; ; round++)
        {
            for (var i = 0; i < servers.Count; i++)
            {
                if (round * servers[i].Weight / heaviest == (round - 1) * servers[i].Weight / heaviest) continue;
                while (_entries[next[i]] >= 0) next[i] = (next[i] + skips[i]) % Size;
                _entries[next[i]] = i;
                if (++filled == Size) return;
            }
        }
    }

    /// <summary>The index of the server that <paramref name="hash"/> stands for.</summary>
    public int this[ulong hash] => _entries[hash % Size];
}
