using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SniForward.Admin;
using SniForward.Startup.Configuration;
using SniForward.Telemetry;

namespace SniForward.Startup;

/// <summary>Runs the forwarder inside the host, and the admin listener around it: started with it, drained when it stops.</summary>
internal sealed class ForwarderService(ConfigResult read, ForwarderConfig config, InheritedSockets inherited, ILoggerFactory logs) : IHostedService, IAsyncDisposable
{
    private readonly CancellationTokenSource _hurry = new();
    private PosixSignalRegistration[] _signals = [];
    private AdminListener? _admin;
    private Forwarder? _forwarder;

    public async Task StartAsync(CancellationToken cancellationToken)
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
        if (config.Admin is { } admin) _admin = await StartAdminAsync(admin, logger).ConfigureAwait(false);
        _forwarder = Forwarder.Start(config, logs, inherited: inherited);
        _admin?.Readiness = Readiness.Serving;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_forwarder is null) return;

        _admin?.Readiness = Readiness.Draining;
        // The first signal began the drain; whoever sends another does not want to wait for its end.
        _signals =
        [
            .. _signals,
            PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => _hurry.Cancel()),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => _hurry.Cancel()),
        ];
        await _forwarder.StopAsync(config.Timeouts.Drain, _hurry.Token).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var signal in _signals) signal.Dispose();
        _forwarder?.Dispose();
        if (_admin is not null) await _admin.DisposeAsync().ConfigureAwait(false);
        _hurry.Dispose();
    }

    private async Task<AdminListener> StartAdminAsync(AdminConfig settings, ILogger logger)
    {
        try
        {
            var token = settings.Token is null ? null : new BearerToken(settings.Token);
            var admin = await AdminListener.StartAsync(settings.Bind, token, logs).ConfigureAwait(false);
            Log.AdminListening(logger, admin.Address);
            return admin;
        }
        catch (SocketException e)
        {
            throw new BindException("the admin listener", settings.Bind, e);
        }
    }
}
