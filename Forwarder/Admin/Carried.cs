using SniForward.Telemetry.Metrics;

namespace SniForward.Admin;

/// <summary>What flows have carried, added up.</summary>
/// <param name="Open">Connections that are open.</param>
/// <param name="Total">Connections since the start.</param>
/// <param name="BytesUp">From clients to servers.</param>
/// <param name="BytesDown">From servers to clients.</param>
internal readonly record struct Carried(long Open, long Total, long BytesUp, long BytesDown)
{
    /// <summary>Adds up those of <paramref name="flows"/> whose key <paramref name="isMeant"/>.</summary>
    public static Carried Of(IEnumerable<KeyValuePair<FlowKey, FlowTally>> flows, Func<FlowKey, bool> isMeant)
    {
        var sum = default(Carried);
        foreach (var (key, tally) in flows)
        {
            if (!isMeant(key)) continue;
            // In this order it is never less than none.
            var ended = tally.Ended;
            var begun = tally.Begun;
            sum = new Carried(sum.Open + begun - ended, sum.Total + begun, sum.BytesUp + tally.BytesUp, sum.BytesDown + tally.BytesDown);
        }
        return sum;
    }
}
