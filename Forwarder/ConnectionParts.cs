using SniForward.Peeking;
using SniForward.Selecting;
using SniForward.Transport;

namespace SniForward;

/// <summary>What the connections of one engine share.</summary>
/// <param name="transport">The engine.</param>
/// <param name="dialer">Reaches servers from that engine.</param>
/// <param name="budget">What the first flights of all engines may hold.</param>
internal sealed class ConnectionParts(ITransport transport, Dialer dialer, PeekBudget budget)
{
    public ITransport Transport => transport;

    public Dialer Dialer => dialer;

    /// <summary>Each is taken only for as long as a connection is peeked and routed: most are open far longer.</summary>
    public Pool<FirstFlight> FirstFlights { get; } = new(() => new FirstFlight(budget));

    /// <summary>Each is taken only for as long as a server is dialled.</summary>
    public Pool<Opening> Openings { get; } = new(static () => new Opening());
}
