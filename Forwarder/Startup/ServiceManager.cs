using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using SniForward.Telemetry;

namespace SniForward.Startup;

/// <summary>Who runs this process as a service and wants to hear how it is: systemd, by sd_notify(3). Where nobody does, nothing is said.</summary>
internal sealed class ServiceManager(ISystemdNotifier notifier, ILogger logger)
{
    /// <summary>Clients are accepted.</summary>
    public void Ready() => Tell("READY=1\nSTATUS=serving");

    /// <summary>It reads its configuration again; <see cref="Ready"/> says that it has.</summary>
    public void Reloading() => Tell(string.Create(
        CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000)}\nSTATUS=reloading"));

    /// <summary>It has begun to end, and must not be killed before <paramref name="most"/>, however short TimeoutStopSec= of its unit is.</summary>
    public void Stopping(TimeSpan most) => Tell(string.Create(
        CultureInfo.InvariantCulture, $"STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC={most.Ticks / TimeSpan.TicksPerMicrosecond}"));

    /// <summary>It is alive: without this for longer than WatchdogSec= of its unit it is ended and started again.</summary>
    public void Alive() => Tell("WATCHDOG=1");

    private void Tell(string state)
    {
        try
        {
            notifier.Notify(new ServiceState(state));
        }
        catch (SocketException e)
        {
            Log.NotToldServiceManager(logger, state.ReplaceLineEndings(" "), e.Message);
        }
    }
}
