using System.Net;
using System.Net.Sockets;
using SniForward.Accepting;
using SniForward.Transport;

namespace SniForward.Startup;

/// <summary>One address of a listener, bound on every engine.</summary>
internal sealed class BoundAddress : IDisposable
{
    private readonly List<IAcceptor> _acceptors = [];

    private BoundAddress(string listener) => Listener = listener;

    /// <summary>The name of the listener that it is of.</summary>
    public string Listener { get; }

    /// <summary>What was really bound, with its port.</summary>
    public EndPoint Local => _acceptors[0].LocalEndPoint;

    /// <summary>Binds <paramref name="address"/>. The kernel takes clients from now on, which wait until <see cref="Start"/>.</summary>
    /// <exception cref="BindException">It cannot be bound; nothing is left open.</exception>
    public static BoundAddress Bind(string listener, EndPoint address, IReadOnlyList<ITransport> engines)
    {
        var bound = new BoundAddress(listener);
        try
        {
            bound._acceptors.Add(engines[0].Listen(address));
            foreach (var engine in engines.Skip(1)) bound._acceptors.Add(engine.Join(bound._acceptors[0]));
            return bound;
        }
        catch (SocketException e)
        {
            bound.Dispose();
            throw new BindException($"listener \"{listener}\"", address, e);
        }
    }

    /// <summary>Begins to accept.</summary>
    /// <param name="rules">What holds for its connections.</param>
    /// <param name="engines">Those that it was bound on.</param>
    /// <param name="live">Where each engine keeps its connections.</param>
    public void Start(ConnectionRules rules, IReadOnlyList<ITransport> engines, IReadOnlyList<LiveConnections> live)
    {
        for (var i = 0; i < engines.Count; i++) new Listener(_acceptors[i], engines[i], rules, live[i]).Start();
    }

    /// <summary>Accepts no more. The connections that it has go on.</summary>
    public void Dispose() => _acceptors.ForEach(acceptor => acceptor.Dispose());
}
