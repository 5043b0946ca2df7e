namespace SniForward.Selecting.Names;

/// <summary>
/// Asks for the SRV records of one service, at once and again whenever an answer is old, until it is disposed of. An
/// answer that says nothing is a failure too: to lose every server by a mistake in the DNS is worse than to keep old ones.
/// </summary>
internal sealed class ServiceWatcher : IDisposable
{
    /// <summary>How soon it asks again at the earliest.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    private readonly Func<string, CancellationToken, Task<ServiceAnswer>> _lookUp;
    private readonly string _service;
    private readonly TimeSpan _refresh;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _firstAnswer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="service">The name of its records.</param>
    /// <param name="lookUp">Asks the DNS; throws only when cancelled.</param>
    /// <param name="refresh">How long an answer serves at most, and the longest pause after a failure; 1 s if shorter.</param>
    /// <param name="time">The clock by which answers age.</param>
    public ServiceWatcher(string service, Func<string, CancellationToken, Task<ServiceAnswer>> lookUp, TimeSpan refresh, TimeProvider time) =>
        (_service, _lookUp, _refresh, _time) = (service, lookUp, refresh > Shortest ? refresh : Shortest, time);

    /// <summary>Told of each good answer.</summary>
    public required Action<IReadOnlyList<ServiceRecord>> Answered { get; init; }

    /// <summary>Told why it cannot be had any more, once, and when it can again, with null.</summary>
    public required Action<string?> Changed { get; init; }

    /// <summary>Ends with the first answer, good or bad.</summary>
    public Task FirstAnswer => _firstAnswer.Task;

    /// <summary>Begins to ask. Ends once it is disposed of; never throws.</summary>
    public async Task RunAsync()
    {
        var failures = 0;
        try
        {
            while (true)
            {
                var answer = await _lookUp(_service, _stop.Token).ConfigureAwait(false);
                _stop.Token.ThrowIfCancellationRequested();
                if (failures > 0 != answer.Failure is not null) Changed(answer.Failure);
                if (answer.Failure is null) Answered(answer.Records);
                failures = answer.Failure is null ? 0 : failures + 1;
                _firstAnswer.TrySetResult();
                // A tenth more or less, so that many services are not asked for at once for ever.
                await Task.Delay(PauseAfter(answer, failures) * (0.9 + 0.2 * Random.Shared.NextDouble()), _time, _stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            _firstAnswer.TrySetResult();
        }
    }

    /// <summary>Asks no more, and tells of nothing that comes after.</summary>
    public void Dispose() => _stop.Cancel();

    private TimeSpan PauseAfter(ServiceAnswer answer, int failures)
    {
        var pause = failures == 0 ? answer.TimeToLive : Shortest * Math.Pow(2, Math.Min(failures, 30) - 1);
        return pause < Shortest ? Shortest : pause < _refresh ? pause : _refresh;
    }
}
