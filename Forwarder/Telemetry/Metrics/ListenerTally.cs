namespace SniForward.Telemetry.Metrics;

/// <summary>What became of one listener's connections on one engine.</summary>
internal sealed class ListenerTally
{
    private static readonly ConnectionEnd[] Ends = Enum.GetValues<ConnectionEnd>();

    // A cache line before and after it, which no other engine's counts are in.
    private const int Padding = 8;

    private readonly Tally _accepted = new();
    private readonly long[] _ended = new long[Padding + 2 * Ends.Length + Padding];

    public long Accepted => _accepted.Value;

    /// <summary>How many have ended. Read before <see cref="Accepted"/>, it is never more than that.</summary>
    public long Ended
    {
        get
        {
            var ended = 0L;
            for (var i = 0; i < _ended.Length; i++) ended += Volatile.Read(ref _ended[i]);
            return ended;
        }
    }

    /// <summary>How many ended for one reason, after they were forwarded or without.</summary>
    public long EndedBy(ConnectionEnd end, bool wasForwarded) => Volatile.Read(ref _ended[IndexOf(end, wasForwarded)]);

    public void CountAccepted() => _accepted.Increment();

    public void CountEnded(ConnectionEnd end, bool wasForwarded) => Interlocked.Increment(ref _ended[IndexOf(end, wasForwarded)]);

    private static int IndexOf(ConnectionEnd end, bool wasForwarded) => Padding + 2 * (int)end + (wasForwarded ? 1 : 0);
}
