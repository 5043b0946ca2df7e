using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using SniForward.Admin;
using SniForward.Startup.Configuration;
using SniForward.Startup.TakeOver;
using SniForward.Telemetry;

namespace SniForward.Startup;

/// <summary>Runs the forwarder inside the host, and the admin listener around it: started with it, drained when it stops.</summary>
internal sealed class ForwarderService(ConfigResult read, ForwarderConfig config, InheritedSockets inherited, Tenure tenure, IHostApplicationLifetime lifetime, ILoggerFactory logs) : IHostedService, IAsyncDisposable
{
    /// <summary>SIGUSR1 (signal(7)), which .NET has no name for.</summary>
    private static readonly PosixSignal UserSignal1 = (PosixSignal)(OperatingSystem.IsLinux() ? 10 : 30);

    /// <summary>How long the end may wait for the last figures to be sent.</summary>
    private static readonly TimeSpan LastFlush = TimeSpan.FromSeconds(2);

    /// <summary>What the end may take beside the drain.</summary>
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _hurry = new();
    private readonly ILogger _logger = logs.CreateLogger(Log.Category);
    private readonly ServiceManager _manager = new(new SystemdNotifier(), logs.CreateLogger(Log.Category));
    private PosixSignalRegistration[] _signals = [];
    private MeterProvider? _meters;
    private AdminListener? _admin;
    private Watchdog? _watchdog;
    private volatile Forwarder? _forwarder;
    private volatile ConfigReload? _reload;
    private volatile bool _isReloadAsked;
    private volatile bool _isReopenAsked;
    private volatile bool _isRelieved;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                _isReloadAsked = true;
                _reload?.RunAsync("SIGHUP");
            }),
        ];
        if (!OperatingSystem.IsWindows()) _signals = [.. _signals, PosixSignalRegistration.Create(UserSignal1, ReopenAccessLog)];
        foreach (var warning in read.Warnings) Log.ConfigWarning(_logger, warning.ToString());
        _meters = MetricsExport.Start(config, _logger);
        // While the process before this one serves, its admin listener answers.
        if (!tenure.HasPredecessor) _admin = await StartAdminAsync().ConfigureAwait(false);
        _forwarder = Forwarder.Start(config, logs, inherited: inherited);
        if (tenure.HasPredecessor) _admin = await StartAdminAsync().ConfigureAwait(false);
        _reload = new ConfigReload(_forwarder, config, read.Stamp, _logger) { Reloading = begins => { if (begins) _manager.Reloading(); else _manager.Ready(); } };
        // What was asked for before there was anybody to do it.
        if (_isReopenAsked) _forwarder.AccessLog.Reopen();
        if (_isReloadAsked) _ = _reload.RunAsync("SIGHUP");
        _admin?.Serve(_forwarder.View, async () => (await _reload.RunAsync("the admin listener was asked to").ConfigureAwait(false)).Errors);
        await tenure.ServeAsync(_logger, Share, RelievedAsync).ConfigureAwait(false);
        _forwarder.LookAgain();
        _manager.Ready();
        _forwarder.Announce(config);
        _watchdog = StartWatchdog(_forwarder);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_forwarder is null) return;

        _admin?.Readiness = Readiness.Draining;
        var timeouts = _reload?.Config.Timeouts ?? config.Timeouts;
        var delay = _isRelieved ? TimeSpan.Zero : timeouts.DrainDelay;
        _manager.Stopping(delay + timeouts.Drain + LongestEnd);
        // The first signal began the drain; whoever sends another does not want to wait for its end.
        _signals =
        [
            .. _signals,
            PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => _hurry.Cancel()),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => _hurry.Cancel()),
        ];
        _reload?.Dispose();
        tenure.Dispose();
        await DelayAsync(delay).ConfigureAwait(false);
        await _forwarder.DrainAsync(timeouts.Drain, _hurry.Token).ConfigureAwait(false);
        // With the forwarder its figures go.
        _meters?.ForceFlush((int)LastFlush.TotalMilliseconds);
        _forwarder.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var signal in _signals) signal.Dispose();
        _watchdog?.Dispose();
        _reload?.Dispose();
        _forwarder?.Dispose();
        if (_admin is not null) await _admin.DisposeAsync().ConfigureAwait(false);
        _meters?.Dispose();
        _hurry.Dispose();
    }

    private IReadOnlyList<Socket> Share() => _admin is null ? _forwarder!.Share() : [.. _forwarder!.Share(), _admin.Share()];

    /// <summary>Another process serves in the place of this one.</summary>
    private async Task RelievedAsync()
    {
        _isRelieved = true;
        if (Interlocked.Exchange(ref _admin, null) is { } admin) await admin.DisposeAsync().ConfigureAwait(false);
        _forwarder!.StopAccepting();
        lifetime.StopApplication();
    }

    private Watchdog? StartWatchdog(Forwarder forwarder)
    {
        var limit = Watchdog.LimitOf(
            Environment.GetEnvironmentVariable("WATCHDOG_USEC"), Environment.GetEnvironmentVariable("WATCHDOG_PID"), Environment.ProcessId);
        return limit is { } most
            ? Watchdog.Start(most, forwarder.Engines, TimeProvider.System, _manager.Alive, time => Log.EngineStuck(_logger, time))
            : null;
    }

    /// <summary>Time for those who ask whether this process is ready to hear that it is not, and to send their clients elsewhere.</summary>
    private async Task DelayAsync(TimeSpan delay)
    {
        if (delay == TimeSpan.Zero) return;
        Log.DrainDelayed(_logger, delay);
        await Task.Delay(delay, _hurry.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void ReopenAccessLog(PosixSignalContext signal)
    {
        signal.Cancel = true;
        _isReopenAsked = true;
        _forwarder?.AccessLog.Reopen();
    }

    private async Task<AdminListener?> StartAdminAsync()
    {
        if (config.Admin is not { } settings) return null;
        try
        {
            var token = settings.Token is null ? null : new BearerToken(settings.Token);
            var admin = await AdminListener.StartAsync(settings.Bind, inherited.At(settings.Bind) is [var given, ..] ? given : null, inherited.FileAt(settings.Bind), token, _meters, logs).ConfigureAwait(false);
            Log.AdminListening(_logger, admin.Address);
            return admin;
        }
        catch (SocketException e)
        {
            throw new BindException("the admin listener", settings.Bind, e);
        }
    }
}
