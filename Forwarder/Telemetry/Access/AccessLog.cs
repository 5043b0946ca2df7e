using Microsoft.Extensions.Logging;

namespace SniForward.Telemetry.Access;

/// <summary>
/// One line for each connection, at its end. The engines leave their lines in lanes, and one thread writes them out,
/// within a few hundredths of a second: an engine never waits for a console or a disk.
/// </summary>
internal sealed class AccessLog : IDisposable
{
    /// <summary>How long the end, or a change, may wait for what was written before.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    private readonly Func<string, Stream> _open;
    private readonly ILogger _logger;
    private readonly AccessWriter _writer;
    private readonly Lock _changing = new();
    private AccessSettings _settings;

    /// <param name="settings">What lines there are.</param>
    /// <param name="lanes">How many engines write to it.</param>
    /// <param name="console">Writes to the standard output.</param>
    /// <param name="open">Opens a file that is appended to.</param>
    /// <param name="logger">Where it is said that lines were lost.</param>
    /// <exception cref="AccessFileException">Its file cannot be opened.</exception>
    public AccessLog(AccessSettings settings, int lanes, Action<ReadOnlySpan<byte>> console, Func<string, Stream> open, ILogger logger)
    {
        (_open, _logger, _settings) = (open, logger, settings);
        _writer = new AccessWriter(new AccessChange(settings, Open(settings)), lanes, new AccessOutput(console), logger);
    }

    /// <summary>One for each engine.</summary>
    public IReadOnlyList<AccessLane> Lanes => _writer.Lanes;

    /// <summary>How many lines were lost: there was no room for them to wait, or they could not be written.</summary>
    public long Dropped => _writer.Dropped;

    /// <summary>
    /// Changes what lines there are, and where they go; those of before go where they would have gone. It has come about when
    /// this returns, unless the console or the disk holds it up for more than two seconds.
    /// </summary>
    /// <exception cref="AccessFileException">The file cannot be opened; all goes on as before.</exception>
    public void Apply(AccessSettings settings)
    {
        lock (_changing)
        {
            _writer.Apply(new AccessChange(settings, Open(settings)), LongestWait);
            _settings = settings;
        }
    }

    /// <summary>Opens its file again, after that was renamed. If it cannot, the lines go on into the one from before.</summary>
    public void Reopen()
    {
        lock (_changing)
        {
            if (!_settings.Enabled || _settings.File is null)
            {
                Log.AccessHasNoFile(_logger);
                return;
            }
            try
            {
                Apply(_settings);
                Log.AccessReopened(_logger, _settings.File);
            }
            catch (AccessFileException e)
            {
                Log.AccessNotReopened(_logger, e.Message);
            }
        }
    }

    /// <summary>Writes what is left, if that can be done within two seconds.</summary>
    public void Dispose() => _writer.Stop(LongestWait);

    private Stream? Open(AccessSettings settings)
    {
        if (!settings.Enabled || settings.File is not { } path) return null;
        try
        {
            return _open(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new AccessFileException(path, e);
        }
    }
}
