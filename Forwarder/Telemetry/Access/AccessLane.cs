namespace SniForward.Telemetry.Access;

/// <summary>
/// Where one engine leaves its lines: two buffers, of which the engine fills one while the other is written. No call waits for
/// the writing; a line for which there is no room is dropped, and counted.
/// </summary>
/// <param name="wake">Tells that there is something to write.</param>
internal sealed class AccessLane(Action wake)
{
    private const int FirstSize = 4096;

    private readonly Lock _lock = new();
    private byte[] _filling = [];
    private byte[] _written = [];
    private int _filled;
    private long _dropped;
    private AccessSettings _settings = new() { Enabled = false };
    private int _most;

    /// <summary>Whether lines are written at all; what only they need is not gathered otherwise.</summary>
    public bool Enabled => Volatile.Read(ref _settings).Enabled;

    /// <summary>How often a connection that stays open has a line meanwhile; zero: never.</summary>
    public TimeSpan Interval => Volatile.Read(ref _settings) is { Enabled: true, Interval: var interval } ? interval : TimeSpan.Zero;

    /// <summary>Whether the targets of requests are logged with their queries.</summary>
    public bool LogsQueries => Volatile.Read(ref _settings).Queries;

    /// <summary>How many lines there was no room for.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Writes the line of a connection. From any thread; never waits for the one that writes to the file.</summary>
    public void Write(long id, AccessEntry entry)
    {
        var utc = DateTime.UtcNow;
        bool isFirst;
        lock (_lock)
        {
            if (!_settings.Enabled) return;
            var before = _filled;
            while (!TryAppend(utc, id, entry))
            {
                if (TryGrow()) continue;
                Volatile.Write(ref _dropped, _dropped + 1);
                return;
            }
            isFirst = before == 0;
        }
        if (isFirst) wake();
    }

    /// <summary>Takes what was written so far, whole lines, and writes what follows by <paramref name="settings"/>.</summary>
    /// <param name="settings">What lines there are from now on.</param>
    /// <param name="most">How long a buffer may become, in bytes.</param>
    /// <returns>Good until the next call, which only one thread may make.</returns>
    public ReadOnlySpan<byte> Take(AccessSettings settings, int most)
    {
        lock (_lock)
        {
            var taken = _filled;
            (_filling, _written, _filled) = (_written, _filling, 0);
            Volatile.Write(ref _settings, settings);
            _most = most;
            if (_filling.Length > most) _filling = [];
            return _written.AsSpan(0, taken);
        }
    }

    private bool TryAppend(DateTime utc, long id, AccessEntry entry)
    {
        var line = new LineWriter(_filling.AsSpan(_filled), _settings.Format);
        AccessFields.Write(ref line, utc, id, entry);
        if (!line.TryEnd(out var length)) return false;
        _filled += length;
        return true;
    }

    private bool TryGrow()
    {
        if (_filling.Length >= _most) return false;
        Array.Resize(ref _filling, Math.Min(_most, Math.Max(FirstSize, _filling.Length * 2)));
        return true;
    }
}
