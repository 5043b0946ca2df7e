using System.Collections.Concurrent;

namespace SniForward.Telemetry.Metrics;

/// <summary>What one engine counts. No two engines write to the same memory; whoever asks for figures adds them up.</summary>
/// <param name="timings">How long things took, which all engines record together.</param>
internal sealed class EngineTally(Timings timings)
{
    private readonly ConcurrentDictionary<string, ListenerTally> _listeners = new();
    private readonly ConcurrentDictionary<FlowKey, FlowTally> _flows = new();

    public Timings Timings => timings;

    public IEnumerable<KeyValuePair<string, ListenerTally>> Listeners => _listeners;

    public IEnumerable<KeyValuePair<FlowKey, FlowTally>> Flows => _flows;

    /// <summary>Attempts to reach a server.</summary>
    public Tallies<ConnectKey> Connects { get; } = new();

    /// <summary>Attempts after a first that failed, by backend.</summary>
    public Tallies<string> Retries { get; } = new();

    public Tallies<HandshakeKey> Handshakes { get; } = new();

    /// <summary>A handshake ended.</summary>
    /// <param name="peer">Whom it was with: "client" or "server".</param>
    /// <param name="result">How it ended; "ok", or another of a few words.</param>
    /// <param name="time">How long it took.</param>
    public void CountHandshake(string peer, string result, TimeSpan time)
    {
        Handshakes[new HandshakeKey(peer, result)].Increment();
        if (result == "ok") timings.Secured(peer, time);
    }

    public ListenerTally Listener(string name) => _listeners.GetOrAdd(name, static _ => new ListenerTally());

    public FlowTally Flow(in FlowKey key) => _flows.GetOrAdd(key, static _ => new FlowTally());
}
