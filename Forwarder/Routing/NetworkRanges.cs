using System.Numerics;

namespace SniForward.Routing;

/// <summary>The networks of one address family, flattened into ranges that do not overlap, and an index into them. Immutable.</summary>
/// <typeparam name="T">An address as a number, as wide as the longest prefix.</typeparam>
internal sealed class NetworkRanges<T>
    where T : struct, IBinaryInteger<T>, IUnsignedNumber<T>, IMinMaxValue<T>
{
    private static readonly int Width = T.MaxValue.GetShortestBitLength();

    // What all networks lie in: its first address, and how far behind that its last one is.
    private readonly T _first;
    private readonly T _span;

    // Where each range starts, counted from the first address, and its value; it ends where the next one starts.
    private readonly T[] _starts;
    private readonly int[] _values;

    // The span is cut into equal buckets: for the first address of each, the range that holds it; the last range comes last.
    private readonly int[] _index;
    private readonly int _bucketBits;

    /// <param name="networks">Their first addresses, their prefixes' lengths, and their values.</param>
    public NetworkRanges(IEnumerable<(T First, int Prefix, int Value)> networks)
    {
        // A network comes before those inside it; the sort is stable, so the same one twice keeps its order.
        var sorted = networks.Select(Range).OrderBy(range => range.First).ThenByDescending(range => range.Last).ToArray();
        var last = sorted.Select(range => range.Last).DefaultIfEmpty().Max();
        _first = sorted.FirstOrDefault().First;
        _span = last - _first;
        (_starts, _values) = Flatten(sorted, last);

        // One bucket a range, or two: few steps are left to search, and a table of one network stays small.
        _bucketBits = Math.Max(0, _span.GetShortestBitLength() - BitOperations.Log2((uint)_starts.Length) - 1);
        _index = Index();
    }

    /// <summary>The value of the longest prefix that holds <paramref name="address"/>; -1: none does.</summary>
    public int Find(T address)
    {
        // An address before the first wraps round, and so is behind the last.
        var offset = address - _first;
        if (offset > _span) return -1;

        var bucket = int.CreateTruncating(offset >> _bucketBits);
        var (low, high) = (_index[bucket], _index[bucket + 1]);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_starts[middle] <= offset) low = middle;
            else high = middle - 1;
        }
        return _values[low];
    }

    // A shift by all bits would be one by none.
    private static (T First, T Last, int Value) Range((T First, int Prefix, int Value) network) =>
        (network.First, network.Prefix == Width ? network.First : network.First | (T.MaxValue >> network.Prefix), network.Value);

    private (T[] Starts, int[] Values) Flatten((T First, T Last, int Value)[] sorted, T last)
    {
        var starts = new List<T>();
        var values = new List<int>();
        var open = new Stack<(T Last, int Value)>([(last, -1)]);
        if (sorted.Length == 0) Start(_first, -1);
        foreach (var range in sorted)
        {
            CloseBefore(range.First);
            Start(range.First, range.Value);
            open.Push((range.Last, range.Value));
        }
        CloseBefore(last);
        return ([.. starts], [.. values]);

        // Where a network ends, the one around it goes on.
        void CloseBefore(T address)
        {
            while (open.Peek().Last < address)
            {
                var behind = open.Pop().Last + T.One;
                Start(behind, open.Peek().Value);
            }
        }

        // What starts at the same address as the range before replaces it, and what has its value prolongs it.
        void Start(T address, int value)
        {
            var offset = address - _first;
            if (starts.Count > 0 && starts[^1] == offset)
            {
                starts.RemoveAt(starts.Count - 1);
                values.RemoveAt(values.Count - 1);
            }
            if (values.Count > 0 && values[^1] == value) return;
            starts.Add(offset);
            values.Add(value);
        }
    }

    private int[] Index()
    {
        var index = new int[int.CreateTruncating(_span >> _bucketBits) + 2];
        var range = 0;
        for (var bucket = 0; bucket < index.Length - 1; bucket++)
        {
            var offset = T.CreateTruncating(bucket) << _bucketBits;
            while (range + 1 < _starts.Length && _starts[range + 1] <= offset) range++;
            index[bucket] = range;
        }
        index[^1] = _starts.Length - 1;
        return index;
    }
}
