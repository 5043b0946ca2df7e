using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SniForward.Startup.Configuration;
using SniForward.Telemetry;

namespace SniForward.Startup;

/// <summary>Runs the forwarder inside the host: started with it, drained when it stops.</summary>
internal sealed class ForwarderService(ConfigResult read, ForwarderConfig config, ILoggerFactory logs) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _hurry = new();
    private PosixSignalRegistration[] _signals = [];
    private Forwarder? _forwarder;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var logger = logs.CreateLogger(Log.Category);
        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                Log.ReloadUnsupported(logger);
            }),
        ];
        foreach (var warning in read.Warnings) Log.ConfigWarning(logger, warning.ToString());
        _forwarder = Forwarder.Start(config, logs);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_forwarder is null) return;

        // The first signal began the drain; whoever sends another does not want to wait for its end.
        _signals =
        [
            .. _signals,
            PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => _hurry.Cancel()),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => _hurry.Cancel()),
        ];
        await _forwarder.StopAsync(config.Timeouts.Drain, _hurry.Token).ConfigureAwait(false);
    }

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _forwarder?.Dispose();
        _hurry.Dispose();
    }
}
