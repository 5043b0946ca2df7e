using Microsoft.Extensions.Logging;
using SniForward.Accepting;
using SniForward.Telemetry;

namespace SniForward.Startup;

/// <summary>Sees off the connections that are open when nobody is accepted any more.</summary>
/// <param name="live">The connections of each engine.</param>
/// <param name="logger">Where it logs.</param>
internal sealed class Drain(IReadOnlyList<LiveConnections> live, ILogger logger)
{
    private static readonly TimeSpan BetweenReports = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private int Open => live.Sum(engine => engine.Count);

    /// <summary>Gives them <paramref name="most"/> to end, says now and then how many are left, and resets those that are then.</summary>
    /// <param name="most">From zero up.</param>
    /// <param name="hurry">Cancelled when the rest of that time shall be left out.</param>
    public async Task RunAsync(TimeSpan most, CancellationToken hurry)
    {
        foreach (var engine in live) engine.EndIdle();
        if (Open is > 0 and var open) Log.Draining(logger, open, most);
        var left = most;
        bool isEmpty;
        while (true)
        {
            isEmpty = await WaitEmptyAsync(left < BetweenReports ? left : BetweenReports, hurry).ConfigureAwait(false);
            left -= BetweenReports;
            if (isEmpty || left <= TimeSpan.Zero || hurry.IsCancellationRequested) break;
            Log.StillDraining(logger, Open, left);
        }
        if (isEmpty || Open == 0)
        {
            Log.Drained(logger);
        }
        else
        {
            Log.DrainExpired(logger, Open);
            foreach (var engine in live) engine.CutAll();
        }
        await WaitEmptyAsync(Moment, CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<bool> WaitEmptyAsync(TimeSpan deadline, CancellationToken hurry)
    {
        var empty = await Task.WhenAll(live.Select(engine => engine.WaitEmptyAsync(deadline, hurry))).ConfigureAwait(false);
        return empty.All(isEmpty => isEmpty);
    }
}
