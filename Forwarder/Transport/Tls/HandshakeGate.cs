namespace SniForward.Transport.Tls;

/// <summary>
/// How many TLS handshakes may compute at once, and how many may wait to begin. A handshake that waits for its peer has no
/// place, so that silent peers keep nobody out; when it goes on, it goes before those that have not begun. One gate serves
/// every engine, and may be used from anywhere.
/// </summary>
/// <param name="places">How many compute at once; at least one.</param>
/// <param name="line">How many may wait to begin.</param>
internal sealed class HandshakeGate(int places, int line)
{
    private static readonly Task<bool> Entered = Task.FromResult(true);

    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource<bool>> _beginning = new();
    private readonly Queue<TaskCompletionSource<bool>> _goingOn = new();
    private int _running;

    /// <summary>As many as there are processors, but not fewer than two.</summary>
    public static int DefaultPlaces => Math.Max(2, Environment.ProcessorCount);

    /// <summary>How many compute now. May be asked from anywhere.</summary>
    public int Running
    {
        get
        {
            lock (_lock) return _running;
        }
    }

    /// <summary>
    /// Asks for a place to begin; false if too many wait already. <paramref name="turn"/> is over with a place, which must be
    /// left, or without, and false, when <paramref name="cancel"/> came first.
    /// </summary>
    public bool TryEnter(out Task<bool> turn, CancellationToken cancel)
    {
        turn = Entered;
        TaskCompletionSource<bool> waiting;
        lock (_lock)
        {
            if (TryTake()) return true;
            if (_beginning.Count >= line) Forget();
            if (_beginning.Count >= line) return false;
            waiting = Waiting();
            _beginning.Enqueue(waiting);
        }
        turn = waiting.Task;
        // Who was cancelled is passed over when it is its turn.
        cancel.UnsafeRegister(static waiting => ((TaskCompletionSource<bool>)waiting!).TrySetResult(false), waiting);
        return true;
    }

    /// <summary>Asks for a place again, to go on.</summary>
    public Task ReturnAsync()
    {
        lock (_lock)
        {
            if (TryTake()) return Task.CompletedTask;
            var waiting = Waiting();
            _goingOn.Enqueue(waiting);
            return waiting.Task;
        }
    }

    /// <summary>Gives a place to whoever is next.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            while (_goingOn.TryDequeue(out var next) || _beginning.TryDequeue(out next))
            {
                if (next.TrySetResult(true)) return;
            }
            _running--;
        }
    }

    private static TaskCompletionSource<bool> Waiting() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool TryTake()
    {
        if (_running == places) return false;
        _running++;
        return true;
    }

    /// <summary>Lets those go that wait no longer.</summary>
    private void Forget()
    {
        for (var left = _beginning.Count; left > 0; left--)
        {
            var waiting = _beginning.Dequeue();
            if (!waiting.Task.IsCompleted) _beginning.Enqueue(waiting);
        }
    }
}
