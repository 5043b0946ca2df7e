using System.Runtime.InteropServices;
using SniForward.Admin.Api;
using Spectre.Console;

namespace SniForward.Startup.Status;

/// <summary><c>sniforward top</c>: the same as the admin page, live in a terminal, until Ctrl-C.</summary>
internal static class TopCommand
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(AdminTarget target)
    {
        using var stopping = new CancellationTokenSource();
        var stop = stopping.Token;
        // Left to the system, it would end the process with the cursor hidden.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var admin = target.Connect();
        using var timer = new PeriodicTimer(Interval);
        try
        {
            var first = await LookAsync(admin).ConfigureAwait(false);
            await AnsiConsole.Live(TopScreen.Of(first.Overview, first.Series, first.Busiest, AnsiConsole.Profile.Height)).AutoClear(true).StartAsync(async live =>
            {
                while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
                {
                    var (overview, series, busiest) = await LookAsync(admin).ConfigureAwait(false);
                    live.UpdateTarget(TopScreen.Of(overview, series, busiest, AnsiConsole.Profile.Height));
                }
            }).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (Exception e) when (AdminTarget.IsFailure(e))
        {
            Console.Error.WriteLine($"sniforward top: {target.Explain(e)}");
            return ExitCode.Failed;
        }
        return ExitCode.Ok;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stopping.Cancel();
        }
    }

    private static async Task<(Overview Overview, Series Series, ConnectionList Busiest)> LookAsync(AdminClient admin)
    {
        var (overview, series, busiest) = (admin.OverviewAsync(), admin.SeriesAsync(), admin.ConnectionsAsync());
        return (await overview.ConfigureAwait(false), await series.ConfigureAwait(false), await busiest.ConfigureAwait(false));
    }
}
