using Microsoft.Extensions.Logging;

namespace SniForward.Telemetry.Access;

/// <summary>The thread that writes what is in the lanes. While there is nothing, it sleeps.</summary>
internal sealed class AccessWriter
{
    /// <summary>How long lines gather, so that a busy log is written in large pieces.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan BetweenWarnings = TimeSpan.FromSeconds(10);

    private readonly object _gate = new();
    private readonly AccessOutput _output;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private AccessSettings _settings;
    private AccessChange? _change;
    private long _warnedOf;
    private long? _lastWarning;
    private int _isAwake;
    private bool _isStopping;

    /// <param name="first">What lines there are, and where they go.</param>
    /// <param name="lanes">How many engines write to it.</param>
    /// <param name="output">Only its own thread uses it.</param>
    /// <param name="logger">Where it is said that lines were lost.</param>
    public AccessWriter(AccessChange first, int lanes, AccessOutput output, ILogger logger)
    {
        (_settings, _output, _logger) = (first.Settings, output, logger);
        Lanes = [.. Enumerable.Range(0, lanes).Select(_ => new AccessLane(Wake))];
        Write(first);
        _thread = new Thread(Run) { Name = "access log", IsBackground = true };
        _thread.Start();
    }

    /// <summary>One for each engine.</summary>
    public IReadOnlyList<AccessLane> Lanes { get; }

    /// <summary>How many lines were lost.</summary>
    public long Dropped => Lanes.Sum(lane => lane.Dropped) + _output.Failed;

    /// <summary>Makes a change come about, and waits until it has.</summary>
    public void Apply(AccessChange change, TimeSpan longest)
    {
        var deadline = Environment.TickCount64 + (long)longest.TotalMilliseconds;
        lock (_gate)
        {
            if (_isStopping)
            {
                change.File?.Dispose();
                return;
            }
            // Of one that has not come about, nobody will use the file.
            _change?.File?.Dispose();
            _change = change;
            Wake();
            while (!change.IsDone && deadline - Environment.TickCount64 is > 0 and var left) Monitor.Wait(_gate, (int)left);
        }
    }

    /// <summary>Ends the thread once it has written what is left, which is waited for.</summary>
    public void Stop(TimeSpan longest)
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.PulseAll(_gate);
        }
        // A console that nobody reads from can hold the thread for ever; it ends with the process.
        _thread.Join(longest);
    }

    /// <summary>There is something to write.</summary>
    private void Wake()
    {
        if (Interlocked.Exchange(ref _isAwake, 1) != 0) return;
        lock (_gate) Monitor.PulseAll(_gate);
    }

    private void Run()
    {
        bool isLast;
        do
        {
            isLast = Wait(out var change);
            Interlocked.Exchange(ref _isAwake, 0);
            Write(change);
            Warn(isLast);
        }
        while (!isLast);
        _output.Use(null);
    }

    /// <summary>Waits until there are lines, or a change, and has lines gather. True: there will be no more.</summary>
    private bool Wait(out AccessChange? change)
    {
        lock (_gate)
        {
            while (Volatile.Read(ref _isAwake) == 0 && !_isStopping) Monitor.Wait(_gate);
            if (!_isStopping) Monitor.Wait(_gate, Gathering);
            (change, _change) = (_change, null);
            return _isStopping;
        }
    }

    /// <summary>Writes what is in the lanes; what comes into them from then on is as <paramref name="change"/> wants it, and goes there.</summary>
    private void Write(AccessChange? change)
    {
        _settings = change?.Settings ?? _settings;
        var most = (int)Math.Min(_settings.Queue / 2 / Lanes.Count, Array.MaxLength);
        foreach (var lane in Lanes) _output.Write(lane.Take(_settings, most));
        if (change is null) return;

        _output.Use(change.File);
        lock (_gate)
        {
            change.IsDone = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Warn(bool isLast)
    {
        var dropped = Dropped;
        if (dropped == _warnedOf || (!isLast && WarnedLately())) return;
        Log.AccessLinesLost(_logger, dropped - _warnedOf, _output.Failure ?? "they came faster than they could be written");
        (_warnedOf, _lastWarning) = (dropped, Environment.TickCount64);
    }

    private bool WarnedLately() => _lastWarning is { } last && Environment.TickCount64 - last < BetweenWarnings.TotalMilliseconds;
}
