using System.Buffers;
using SniForward.Exchanging;
using SniForward.Peeking;
using SniForward.Selecting;
using SniForward.Telemetry;
using SniForward.Telemetry.Access;
using SniForward.Telemetry.Metrics;
using SniForward.Transport;
using SniForward.Transport.Tls;

namespace SniForward;

/// <summary>What the connections of one engine share.</summary>
/// <param name="transport">The engine.</param>
/// <param name="dialer">Reaches servers from that engine.</param>
/// <param name="handshakes">Lets so many TLS handshakes compute at once, of all engines.</param>
/// <param name="accessLane">Where that engine's access lines go.</param>
/// <param name="budget">What the first flights of all engines may hold.</param>
/// <param name="tally">What the engine counts.</param>
internal sealed class ConnectionParts(ITransport transport, Dialer dialer, HandshakeGate handshakes, AccessLane accessLane, PeekBudget budget, EngineTally tally)
{
    private bool _isDraining;

    public ITransport Transport => transport;

    public Dialer Dialer => dialer;

    public HandshakeGate Handshakes => handshakes;

    public EngineTally Tally => tally;

    public AccessLane AccessLane => accessLane;

    /// <summary>The last connections that no server got.</summary>
    public RecentRefusals Refusals { get; } = new();

    /// <summary>Whether somebody may ask for what single connections are about.</summary>
    public bool IsWatched { get; init; }

    /// <summary>Each is taken only for as long as a connection is peeked and routed: most are open far longer.</summary>
    public Pool<FirstFlight> FirstFlights { get; } = new(() => new FirstFlight(budget));

    /// <summary>Whether the process is about to end, so that no client is to stay longer than for its answer.</summary>
    public bool IsDraining
    {
        get => Volatile.Read(ref _isDraining);
        set => Volatile.Write(ref _isDraining, value);
    }

    /// <summary>Each is taken only from when a request has come until its answer is over.</summary>
    public Pool<Request> Requests { get; } = new(static () => new Request());

    /// <summary>Each is taken only for as long as a client is refused.</summary>
    public Pool<ArrayBufferWriter<byte>> Answers { get; } = new(static () => new ArrayBufferWriter<byte>(512));

    /// <summary>Each is taken only for as long as a server is dialled.</summary>
    public Pool<Opening> Openings { get; } = new(static () => new Opening());
}
