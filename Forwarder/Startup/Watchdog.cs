using System.Globalization;
using SniForward.Transport;

namespace SniForward.Startup;

/// <summary>
/// Asks every engine, again and again, whether it still runs what it is given. As long as all do, who watches over this process
/// is told; once one does not, nobody is any more, and this process is ended and started again.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private readonly IReadOnlyList<ITransport> _engines;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly Action _alive;
    private readonly Action<TimeSpan> _stuck;
    private readonly CancellationTokenSource _stop = new();

    private Watchdog(IReadOnlyList<ITransport> engines, TimeSpan interval, TimeProvider time, Action alive, Action<TimeSpan> stuck) =>
        (_engines, _interval, _time, _alive, _stuck) = (engines, interval, time, alive, stuck);

    /// <summary>How long a process may say nothing, by WATCHDOG_USEC (sd_watchdog_enabled(3)); null: as long as it likes.</summary>
    /// <param name="microseconds">WATCHDOG_USEC.</param>
    /// <param name="pid">WATCHDOG_PID.</param>
    /// <param name="process">The id of this process.</param>
    public static TimeSpan? LimitOf(string? microseconds, string? pid, int process)
    {
        if (pid is not null && pid != process.ToString(CultureInfo.InvariantCulture)) return null;
        var isNumber = long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var count);
        return isNumber && count > 0 && count < TimeSpan.MaxValue.TotalMicroseconds ? TimeSpan.FromMicroseconds(count) : null;
    }

    /// <summary>Begins.</summary>
    /// <param name="limit">How long nothing may be said; the engines are asked twice in that time.</param>
    /// <param name="engines">Until this is disposed.</param>
    /// <param name="time">The clock.</param>
    /// <param name="alive">All engines have answered.</param>
    /// <param name="stuck">One has not for so long.</param>
    public static Watchdog Start(TimeSpan limit, IReadOnlyList<ITransport> engines, TimeProvider time, Action alive, Action<TimeSpan> stuck)
    {
        var watchdog = new Watchdog(engines, limit / 2, time, alive, stuck);
        _ = watchdog.RunAsync();
        return watchdog;
    }

    public void Dispose() => _stop.Cancel();

    private async Task RunAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(_interval, _time);
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                var answers = Task.WhenAll(_engines.Select(AskAsync));
                if (!await CameInTimeAsync(answers).ConfigureAwait(false)) _stuck(_interval);
                await answers.WaitAsync(_stop.Token).ConfigureAwait(false);
                _alive();
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task<bool> CameInTimeAsync(Task answers)
    {
        try
        {
            await answers.WaitAsync(_interval, _time, _stop.Token).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static Task AskAsync(ITransport engine)
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Post(static answer => ((TaskCompletionSource)answer!).SetResult(), answer);
        return answer.Task;
    }
}
