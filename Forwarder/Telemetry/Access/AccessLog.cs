using Microsoft.Extensions.Logging;

namespace SniForward.Telemetry.Access;

/// <summary>
/// One line for each connection, at its end. The engines leave their lines in lanes, and one thread writes them out,
/// within a few hundredths of a second: an engine never waits for a console or a disk.
/// </summary>
internal sealed class AccessLog : IDisposable
{
    /// <summary>How long lines gather, so that a busy log is written in large pieces.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(20);

    /// <summary>How long the end may wait for the last lines to be written.</summary>
    private static readonly TimeSpan LongestFlush = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan BetweenWarnings = TimeSpan.FromSeconds(10);

    private readonly object _gate = new();
    private readonly AccessOutput _output;
    private readonly AccessSettings _settings;
    private readonly ILogger _logger;
    private readonly Thread _writer;
    private long _warnedOf;
    private long? _lastWarning;
    private int _isAwake;
    private bool _isStopping;

    /// <param name="settings">What lines there are.</param>
    /// <param name="lanes">How many engines write to it.</param>
    /// <param name="console">Writes to the standard output.</param>
    /// <param name="logger">Where it is said that lines were lost.</param>
    public AccessLog(AccessSettings settings, int lanes, Action<ReadOnlySpan<byte>> console, ILogger logger)
    {
        (_settings, _output, _logger) = (settings, new AccessOutput(console), logger);
        Lanes = [.. Enumerable.Range(0, lanes).Select(_ => new AccessLane(this))];
        Write();
        _writer = new Thread(Run) { Name = "access log", IsBackground = true };
        _writer.Start();
    }

    /// <summary>One for each engine.</summary>
    public IReadOnlyList<AccessLane> Lanes { get; }

    /// <summary>How many lines were lost: there was no room for them to wait, or they could not be written.</summary>
    public long Dropped => Lanes.Sum(lane => lane.Dropped) + _output.Failed;

    /// <summary>There is something to write.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _isAwake, 1) != 0) return;
        lock (_gate) Monitor.Pulse(_gate);
    }

    /// <summary>Writes what is left, if that can be done within two seconds.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.Pulse(_gate);
        }
        // A console that nobody reads from can hold the thread for ever; it ends with the process.
        _writer.Join(LongestFlush);
    }

    private void Run()
    {
        while (true)
        {
            var isLast = Wait();
            Interlocked.Exchange(ref _isAwake, 0);
            Write();
            Warn(isLast);
            if (isLast) return;
        }
    }

    /// <summary>Waits until there are lines and has them gather. True: there will be no more.</summary>
    private bool Wait()
    {
        lock (_gate)
        {
            while (Volatile.Read(ref _isAwake) == 0 && !_isStopping) Monitor.Wait(_gate);
            if (!_isStopping) Monitor.Wait(_gate, Gathering);
            return _isStopping;
        }
    }

    private void Write()
    {
        var most = (int)Math.Min(_settings.Queue / 2 / Lanes.Count, Array.MaxLength);
        foreach (var lane in Lanes) _output.Write(lane.Take(_settings, most));
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
