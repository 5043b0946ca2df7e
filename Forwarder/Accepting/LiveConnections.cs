namespace SniForward.Accepting;

/// <summary>The connections that are open: counted, waited for and, in the end, cut.</summary>
internal sealed class LiveConnections
{
    private readonly HashSet<Connection> _open = [];
    private readonly Lock _lock = new();
    private TaskCompletionSource? _empty;

    public int Count
    {
        get
        {
            lock (_lock) return _open.Count;
        }
    }

    public void Add(Connection connection)
    {
        lock (_lock) _open.Add(connection);
    }

    public void Remove(Connection connection)
    {
        lock (_lock)
        {
            _open.Remove(connection);
            if (_open.Count == 0) _empty?.TrySetResult();
        }
    }

    /// <summary>Waits until none is open. True if that came within <paramref name="deadline"/> and before <paramref name="hurry"/>.</summary>
    public async Task<bool> WaitEmptyAsync(TimeSpan deadline, TimeProvider time, CancellationToken hurry)
    {
        Task empty;
        lock (_lock)
        {
            if (_open.Count == 0) return true;
            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            empty = _empty.Task;
        }
        try
        {
            await empty.WaitAsync(deadline, time, hurry).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Resets every connection that is still open, and says how many there were.</summary>
    public int CutAll()
    {
        Connection[] open;
        lock (_lock) open = [.. _open];
        foreach (var connection in open) connection.Cut();
        return open.Length;
    }
}
