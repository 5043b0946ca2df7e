namespace SniForward.Tests;

/// <summary>Asserts that what is done again and again allocates nothing.</summary>
internal static class Allocations
{
    private const int Times = 10_000;

    /// <summary>
    /// Runs <paramref name="action"/> many times. A collection that other tests cause may charge the thread with a
    /// part of its allocation budget, a few kilobytes; one object a call would be at least 24 bytes each time.
    /// </summary>
    public static void AssertNone(Action action)
    {
        for (var time = 0; time < Times / 10; time++) action();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var time = 0; time < Times; time++) action();
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / (double)Times, 0, 20);
    }
}
