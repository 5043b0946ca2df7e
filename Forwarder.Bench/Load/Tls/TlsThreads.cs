namespace SniForward.Bench.Load.Tls;

/// <summary>Clients that block, each in a thread of its own.</summary>
internal static class TlsThreads
{
    private const int Stack = 256 * 1024;

    /// <summary>Runs <paramref name="work"/> in that many threads, with the number of each; the action waits for their end.</summary>
    public static Action Start(int count, Action<int> work)
    {
        var threads = Enumerable.Range(0, count).Select(at => new Thread(() => work(at), Stack) { IsBackground = true }).ToArray();
        foreach (var thread in threads) thread.Start();
        return () =>
        {
            foreach (var thread in threads) thread.Join();
        };
    }

    /// <summary>Waits for the warm-up and the measured interval.</summary>
    public static void Wait(MeasuredInterval interval, LoadRequest request)
    {
        Thread.Sleep(TimeSpan.FromSeconds(request.WarmUp));
        interval.Begin();
        Thread.Sleep(TimeSpan.FromSeconds(request.Seconds));
        interval.End();
    }
}
