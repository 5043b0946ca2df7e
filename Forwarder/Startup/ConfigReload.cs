using Microsoft.Extensions.Logging;
using SniForward.Securing;
using SniForward.Startup.Configuration;
using SniForward.Telemetry;
using SniForward.Telemetry.Access;

namespace SniForward.Startup;

/// <summary>
/// Reads the configuration again, when it is asked to and when its file has changed. One that is right is put in the place of
/// what runs; one that is wrong changes nothing, and is logged with all its errors. One reload runs at a time, and of those that
/// are asked for meanwhile one follows.
/// </summary>
/// <remarks>
/// The file is looked at rather than watched: editors put another in its place, and Kubernetes swaps links, of which a watch
/// says nothing.
/// </remarks>
internal sealed class ConfigReload : IDisposable
{
    /// <summary>From one look at the file to the next.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);

    private readonly Forwarder _forwarder;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly ITimer? _timer;
    private Task<ReloadOutcome> _running = Task.FromResult(new ReloadOutcome([]));
    private Task<ReloadOutcome>? _next;
    private FileStamp _loaded;
    private FileStamp _seen;

    /// <param name="forwarder">What runs by it.</param>
    /// <param name="config">What that runs by.</param>
    /// <param name="stamp">The file's before it was read.</param>
    /// <param name="logger">Where it is told.</param>
    public ConfigReload(Forwarder forwarder, ForwarderConfig config, FileStamp stamp, ILogger logger)
    {
        (_forwarder, Config, _loaded, _seen, _logger) = (forwarder, config, stamp, stamp, logger);
        if (config.IsWatched) _timer = TimeProvider.System.CreateTimer(static reload => ((ConfigReload)reload!).Look(), this, PollInterval, PollInterval);
    }

    /// <summary>The configuration that runs.</summary>
    public ForwarderConfig Config { get; private set; }

    /// <summary>Told before a reload and after it, for whoever runs this process as a service.</summary>
    public Action<bool>? Reloading { get; init; }

    /// <summary>Reloads soon.</summary>
    /// <param name="why">Who asks for it, for the log.</param>
    public Task<ReloadOutcome> RunAsync(string why)
    {
        lock (_lock) return _next ??= RunAfterAsync(_running, why);
    }

    public void Dispose() => _timer?.Dispose();

    private async Task<ReloadOutcome> RunAfterAsync(Task<ReloadOutcome> before, string why)
    {
        // Not under the caller's lock.
        await Task.Yield();
        await before.ConfigureAwait(false);
        lock (_lock) (_running, _next) = (_next!, null);
        Reloading?.Invoke(true);
        var outcome = TryReload(why);
        _forwarder.Reloads.Count(outcome);
        Reloading?.Invoke(false);
        return outcome;
    }

    private ReloadOutcome TryReload(string why)
    {
        try
        {
            return Reload(why);
        }
#pragma warning disable CA1031 // A fault here must not end the process, whose connections go on.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Log.ReloadFaulted(_logger, fault);
            return new ReloadOutcome([fault.Message]);
        }
    }

    private ReloadOutcome Reload(string why)
    {
        // Taken first: what is written while it is read is read again.
        _loaded = FileStamp.Of(Config.Source);
        var read = ConfigReader.ReadFile(Config.Source);
        if (read.Config is not { } config) return Refuse([.. read.Errors.Select(error => error.ToString())]);
        try
        {
            _forwarder.Reload(config);
        }
        catch (Exception e) when (e is BindException or AccessFileException)
        {
            return Refuse([e.Message]);
        }

        var changes = ConfigDiff.Of(Config.Text, config.Text);
        Config = config;
        Log.Reloaded(_logger, config.Source, why, changes.Count);
        foreach (var warning in read.Warnings) Log.ConfigWarning(_logger, warning.ToString());
        foreach (var change in changes)
        {
            if (change.NeedsRestart) Log.ReloadNeedsRestart(_logger, change.Text);
            else Log.ReloadedChange(_logger, change.Text);
        }
        return new ReloadOutcome([], changes.Count);
    }

    private ReloadOutcome Refuse(IReadOnlyList<string> errors)
    {
        foreach (var error in errors) Log.ReloadRefused(_logger, error);
        return new ReloadOutcome(errors);
    }

    /// <summary>Reloads once the file is another than the one that was loaded, and has been so for two looks: nobody writes to it now.</summary>
    private void Look()
    {
        var stamp = FileStamp.Of(Config.Source);
        var isSteady = stamp == _seen;
        _seen = stamp;
        if (isSteady && stamp != _loaded && stamp != default) _ = RunAsync("its file has changed");
    }
}
