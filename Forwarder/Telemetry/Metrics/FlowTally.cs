using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SniForward.Telemetry.Metrics;

/// <summary>The connections that one engine forwards from one listener, by one route, to one server.</summary>
internal sealed class FlowTally
{
    private Counts _counts;

    /// <summary>How many were forwarded.</summary>
    public long Begun => Volatile.Read(ref _counts.Begun);

    /// <summary>How many of them have ended. Read before <see cref="Begun"/>, it is never more than that.</summary>
    public long Ended => Volatile.Read(ref _counts.Ended);

    /// <summary>Bytes from clients that the server has taken.</summary>
    public long BytesUp => Volatile.Read(ref _counts.BytesUp);

    /// <summary>Bytes from the server that clients have taken.</summary>
    public long BytesDown => Volatile.Read(ref _counts.BytesDown);

    /// <summary>How many requests were answered by a status of one class, which is its first digit, 1 to 9.</summary>
    public long Answers(int statusClass) => Volatile.Read(ref ((Span<long>)_counts.Answers)[statusClass]);

    /// <summary>A request was answered.</summary>
    public void CountAnswer(int status) => Interlocked.Increment(ref ((Span<long>)_counts.Answers)[status / 100]);

    public void CountBegun() => Interlocked.Increment(ref _counts.Begun);

    public void CountEnded() => Interlocked.Increment(ref _counts.Ended);

    public void CountUp(int bytes) => Interlocked.Add(ref _counts.BytesUp, bytes);

    public void CountDown(int bytes) => Interlocked.Add(ref _counts.BytesDown, bytes);

    /// <summary>What follows it in memory may be another core's.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 192)]
    private struct Counts
    {
        public Classes Answers;
        public long Begun;
        public long Ended;
        public long BytesUp;
        public long BytesDown;
    }

    [InlineArray(10)]
    private struct Classes
    {
        private long _first;
    }
}
