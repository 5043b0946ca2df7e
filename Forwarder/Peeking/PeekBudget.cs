namespace SniForward.Peeking;

/// <summary>
/// The memory that the first flights of the whole process may hold together beyond <see cref="Free"/> each, so that a
/// crowd of large ones that are never finished takes no more. May be used from anywhere.
/// </summary>
/// <param name="limit">In bytes.</param>
internal sealed class PeekBudget(long limit)
{
    /// <summary>What each flight holds without asking, in bytes: nearly all are smaller.</summary>
    public const int Free = 4 * 1024;

    /// <summary>The most that one flight can hold, in bytes.</summary>
    public const int Largest = 64 * 1024;

    /// <summary>For peeks of what is in memory already.</summary>
    public static readonly PeekBudget Unlimited = new(long.MaxValue);

    private long _taken;

    /// <summary>What is taken now, in bytes.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>How much a flight's buffers may hold next, in bytes: they grow from 4 KiB to 16 and to 64.</summary>
    /// <param name="room">How much they may hold now.</param>
    /// <param name="held">How much is in them; more must have room.</param>
    public static int Grow(int room, long held)
    {
        do room = Math.Min(room * 4, Largest);
        while (room <= held && room < Largest);
        return room;
    }

    /// <summary>Takes <paramref name="bytes"/>, for which <see cref="Give"/> must be called in the end; false if so many are not left.</summary>
    public bool TryTake(int bytes)
    {
        var seen = Taken;
        while (seen <= limit - bytes)
        {
            var taken = Interlocked.CompareExchange(ref _taken, seen + bytes, seen);
            if (taken == seen) return true;
            seen = taken;
        }
        return false;
    }

    /// <summary>Gives <paramref name="bytes"/> back that were taken.</summary>
    public void Give(int bytes) => Interlocked.Add(ref _taken, -bytes);
}
