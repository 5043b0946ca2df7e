namespace SniForward.Selecting.Health;

/// <summary>Checks one server now and then, on the thread pool, until it is disposed of.</summary>
internal sealed class HealthChecker : IDisposable
{
    /// <summary>The longest that the first check is put off, so that those of many servers do not meet.</summary>
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(1);

    private readonly HealthCheck _check;
    private readonly HealthProbe _probe;
    private readonly ServerHealth _health;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();

    private HealthChecker(HealthCheck check, HealthProbe probe, ServerHealth health, TimeProvider time) =>
        (_check, _probe, _health, _time) = (check, probe, health, time);

    /// <summary>Begins to check.</summary>
    /// <param name="check">How often.</param>
    /// <param name="probe">Does one check.</param>
    /// <param name="health">Told of each.</param>
    /// <param name="time">The clock between them.</param>
    public static HealthChecker Start(HealthCheck check, HealthProbe probe, ServerHealth health, TimeProvider time)
    {
        var checker = new HealthChecker(check, probe, health, time);
        _ = Task.Run(checker.RunAsync);
        return checker;
    }

    /// <summary>Ends it. A check that is under way says nothing any more.</summary>
    public void Dispose() => _stop.Cancel();

    private async Task RunAsync()
    {
        try
        {
            await PauseAsync((_check.Interval < LongestStart ? _check.Interval : LongestStart) * Random.Shared.NextDouble()).ConfigureAwait(false);
            while (true)
            {
                var result = await _probe.RunAsync(_stop.Token).ConfigureAwait(false);
                _stop.Token.ThrowIfCancellationRequested();
                if (result.IsServers) _health.Checked(result.Failure);
                await PauseAsync(_check.Interval + _check.Jitter * (2 * Random.Shared.NextDouble() - 1)).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed of.
        }
    }

    private Task PauseAsync(TimeSpan pause) => Task.Delay(pause, _time, _stop.Token);
}
