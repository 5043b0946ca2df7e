using SniForward.Peeking;
using SniForward.Transport;

namespace SniForward;

/// <summary>What the connections of one engine share.</summary>
/// <param name="transport">The engine.</param>
internal sealed class ConnectionParts(ITransport transport)
{
    public ITransport Transport => transport;

    /// <summary>Each is taken only for as long as a connection is peeked and routed: most are open far longer.</summary>
    public Pool<Peek> Peeks { get; } = new(static () => new Peek());
}
