using SniForward.Selecting;
using SniForward.Telemetry;
using SniForward.Transport;

namespace SniForward;

/// <summary>What the connections of one engine share.</summary>
/// <param name="transport">The engine.</param>
/// <param name="dialer">Reaches servers from that engine.</param>
/// <param name="admit">Whether a connection whose client is known may go on: null, or why not.</param>
internal sealed class ConnectionParts(ITransport transport, Dialer dialer, Func<Connection, ConnectionEnd?> admit)
{
    public ITransport Transport => transport;

    public Dialer Dialer => dialer;

    public Func<Connection, ConnectionEnd?> Admit => admit;

    /// <summary>Each is taken only for as long as a connection is peeked and routed: most are open far longer.</summary>
    public Pool<FirstFlight> FirstFlights { get; } = new(static () => new FirstFlight());

    /// <summary>Each is taken only for as long as a server is dialled.</summary>
    public Pool<Opening> Openings { get; } = new(static () => new Opening());
}
