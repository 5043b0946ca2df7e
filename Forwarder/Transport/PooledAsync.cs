namespace SniForward.Transport;

/// <summary>Whether <see cref="PooledAsyncMethodBuilder{TResult}"/> keeps what it made.</summary>
internal static class PooledAsync
{
    /// <summary>
    /// Set by a thread on which methods both begin and end; on others what one thread gives back another would never find.
    /// </summary>
    [ThreadStatic]
    private static bool _kept;

    public static bool KeptOnThisThread => _kept;

    public static void KeepOnThisThread() => _kept = true;
}
