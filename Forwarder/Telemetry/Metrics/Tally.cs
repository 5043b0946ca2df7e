using System.Runtime.InteropServices;

namespace SniForward.Telemetry.Metrics;

/// <summary>A count that only grows. One engine adds to it, and whoever looks reads it; it shares a cache line with no other engine's.</summary>
internal sealed class Tally
{
    private PaddedCount _count;

    public long Value => Volatile.Read(ref _count.Value);

    public void Increment() => Interlocked.Increment(ref _count.Value);

    /// <summary>What follows it in memory may be another core's.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 2 * CacheLine)]
    private struct PaddedCount
    {
        public const int CacheLine = 64;

        public long Value;
    }
}
