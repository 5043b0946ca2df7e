using System.Numerics;

namespace SniForward.Bench.Load;

/// <summary>
/// Counts latencies in buckets that are linear within each power of two, as HdrHistogram's are: any value is known to
/// within 1.6 %, in a fixed amount of memory.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBucketBits = 6;
    private const int SubBuckets = 1 << SubBucketBits;

    private readonly long[] _counts = new long[(64 - SubBucketBits + 1) * SubBuckets];

    public long Count { get; private set; }

    public void Record(long nanoseconds)
    {
        _counts[BucketOf(Math.Max(nanoseconds, 0))]++;
        Count++;
    }

    /// <summary>The latency in nanoseconds that <paramref name="share"/>, 0 to 1, of those recorded do not exceed; 0 if there are none.</summary>
    public double Quantile(double share)
    {
        var wanted = (long)Math.Ceiling(share * Count);
        var seen = 0L;
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= wanted && seen > 0) return MiddleOf(bucket);
        }
        return 0;
    }

    private static int BucketOf(long value)
    {
        if (value < SubBuckets) return (int)value;
        var shift = BitOperations.Log2((ulong)value) - SubBucketBits;
        // The sub-bucket has its highest bit set, which makes one power of two begin where the last has ended.
        return (shift << SubBucketBits) + (int)(value >> shift);
    }

    private static double MiddleOf(int bucket)
    {
        if (bucket < SubBuckets) return bucket;
        var shift = (bucket >> SubBucketBits) - 1;
        return (bucket - (shift << SubBucketBits) + 0.5) * (1L << shift);
    }
}
