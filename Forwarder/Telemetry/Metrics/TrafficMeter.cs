using System.Diagnostics.Metrics;
using static SniForward.Telemetry.Metrics.Labels;

namespace SniForward.Telemetry.Metrics;

/// <summary>
/// The figures of the connections that all engines have served, as System.Diagnostics.Metrics has them. They are added up
/// when somebody asks. Labels are names of the configuration and words of this program, never what a client chose.
/// </summary>
internal sealed class TrafficMeter : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string Name = "SniForward";

    private const string Connections = "{connection}";

    private static readonly ConnectionEnd[] Ends = Enum.GetValues<ConnectionEnd>();
    private static readonly bool[] FalseTrue = [false, true];

    private volatile KnownNames? _names;

    /// <param name="engines">How many engines there are.</param>
    public TrafficMeter(int engines)
    {
        Meter = new Meter(Name);
        var timings = new Timings(Meter);
        Engines = [.. Enumerable.Range(0, engines).Select(_ => new EngineTally(timings))];
        CountListeners();
        CountFlows();
        CountServers();
    }

    public Meter Meter { get; }

    /// <summary>What each engine counts.</summary>
    public IReadOnlyList<EngineTally> Engines { get; }

    /// <summary>Shows only what has these names from now on, and what is still open. What comes back goes on from where it was.</summary>
    public void Use(KnownNames names) => _names = names;

    public void Dispose() => Meter.Dispose();

    private void CountListeners()
    {
        Meter.CreateObservableCounter(
            "sniforward.connections.accepted", () => Listeners().Select(listener => Measure(listener.Sum(tally => tally.Accepted), ("listener", listener.Key))),
            Connections, "Connections that were accepted.");
        Meter.CreateObservableUpDownCounter("sniforward.connections.open", () => Listeners().Select(OpenOf), Connections, "Connections that are open.");
        Meter.CreateObservableCounter(
            "sniforward.connections.ended", () => Listeners().SelectMany(EndsOf),
            Connections, "Connections that have ended, why, and whether they had been forwarded before.");

        static Measurement<long> OpenOf(IGrouping<string, ListenerTally> listener)
        {
            var ended = listener.Sum(tally => tally.Ended);
            return Measure(listener.Sum(tally => tally.Accepted) - ended, ("listener", listener.Key));
        }

        static IEnumerable<Measurement<long>> EndsOf(IGrouping<string, ListenerTally> listener) =>
            from end in Ends
            from wasForwarded in FalseTrue
            let count = listener.Sum(tally => tally.EndedBy(end, wasForwarded))
            where count > 0
            select Measure(count, ("listener", listener.Key), ("end", end.Name()), ("forwarded", wasForwarded ? "true" : "false"));
    }

    private void CountFlows()
    {
        Meter.CreateObservableCounter(
            "sniforward.forwarded.connections", () => Flows().Select(flow => Measure(flow.Sum(tally => tally.Begun), flow.Key)),
            Connections, "Connections that were forwarded to a server.");
        Meter.CreateObservableUpDownCounter(
            "sniforward.forwarded.open", () => Flows().Select(OpenOf), Connections, "Connections that are forwarded now.");
        Meter.CreateObservableCounter(
            "sniforward.forwarded.bytes", () => Flows().SelectMany(BytesOf),
            "By", "Bytes that were taken, up by servers and down by clients.");
        Meter.CreateObservableCounter(
            "sniforward.requests", () => Flows().SelectMany(AnswersOf),
            "{request}", "Requests that were routed by themselves and answered by a server, by the class of the answer's status.");

        static Measurement<long> OpenOf(IGrouping<FlowKey, FlowTally> flow)
        {
            var ended = flow.Sum(tally => tally.Ended);
            return Measure(flow.Sum(tally => tally.Begun) - ended, flow.Key);
        }

        static IEnumerable<Measurement<long>> AnswersOf(IGrouping<FlowKey, FlowTally> flow) =>
            from statusClass in Enumerable.Range(1, 9)
            let count = flow.Sum(tally => tally.Answers(statusClass))
            where count > 0
            select Measure(count, flow.Key, ("status", $"{statusClass}xx"));

        static IEnumerable<Measurement<long>> BytesOf(IGrouping<FlowKey, FlowTally> flow) =>
        [
            Measure(flow.Sum(tally => tally.BytesUp), flow.Key, ("direction", "up")),
            Measure(flow.Sum(tally => tally.BytesDown), flow.Key, ("direction", "down")),
        ];
    }

    private void CountServers()
    {
        Meter.CreateObservableCounter(
            "sniforward.server.connects", () => Sums(engine => engine.Connects).Where(sum => IsKnown(sum.Key)).Select(sum =>
                Measure(sum.Value, ("backend", sum.Key.Backend), ("server", sum.Key.Server), ("result", sum.Key.Result))),
            "{attempt}", "Attempts to reach a server, and how they ended.");
        Meter.CreateObservableCounter(
            "sniforward.backend.retries", () => Sums(engine => engine.Retries).Where(sum => _names?.Backends.Contains(sum.Key) is not false).Select(sum => Measure(sum.Value, ("backend", sum.Key))),
            "{attempt}", "Attempts to reach another server after one that failed.");
        Meter.CreateObservableCounter(
            "sniforward.tls.handshakes", () => Sums(engine => engine.Handshakes).Select(sum =>
                Measure(sum.Value, ("peer", sum.Key.Peer), ("result", sum.Key.Result))),
            "{handshake}", "TLS handshakes that end or begin here, with whom, and how they ended.");
    }

    private IEnumerable<IGrouping<string, ListenerTally>> Listeners() =>
        from listener in Engines.SelectMany(engine => engine.Listeners)
        group listener.Value by listener.Key into tallies
        where _names?.Listeners.Contains(tallies.Key) is not false || tallies.Sum(tally => tally.Ended) < tallies.Sum(tally => tally.Accepted)
        select tallies;

    private IEnumerable<IGrouping<FlowKey, FlowTally>> Flows() =>
        from flow in Engines.SelectMany(engine => engine.Flows)
        group flow.Value by flow.Key into tallies
        where _names?.Has(tallies.Key) is not false || tallies.Sum(tally => tally.Ended) < tallies.Sum(tally => tally.Begun)
        select tallies;

    private bool IsKnown(in ConnectKey key) => _names?.Servers.Contains((key.Backend, key.Server)) is not false;

    private IEnumerable<KeyValuePair<TKey, long>> Sums<TKey>(Func<EngineTally, Tallies<TKey>> tallies)
        where TKey : notnull =>
        Engines.SelectMany(tallies).GroupBy(tally => tally.Key, tally => tally.Value.Value).Select(sum => KeyValuePair.Create(sum.Key, sum.Sum()));
}
