using System.Net;
using System.Net.Sockets;
using SniForward.Accepting;
using SniForward.Transport;

namespace SniForward.Startup;

/// <summary>One address of a listener, bound on every engine.</summary>
internal sealed class BoundAddress : IDisposable
{
    private readonly List<(IAcceptor Acceptor, int Engine)> _acceptors = [];
    private int _sockets;

    private CurrentRules? _rules;

    private BoundAddress(string listener, EndPoint asked) => (Listener, Asked) = (listener, asked);

    /// <summary>The name of the listener that it is of.</summary>
    public string Listener { get; set; }

    /// <summary>The address as the configuration has it.</summary>
    public EndPoint Asked { get; }

    /// <summary>What was really bound, with its port.</summary>
    public EndPoint Local => _acceptors[0].Acceptor.LocalEndPoint;

    /// <summary>
    /// Binds <paramref name="address"/>, or takes the sockets that were inherited for it. The kernel takes clients from now on,
    /// which wait until <see cref="Start"/>.
    /// </summary>
    /// <exception cref="BindException">It cannot be bound; nothing is left open.</exception>
    public static BoundAddress Bind(string listener, EndPoint address, IReadOnlyList<ITransport> engines, InheritedSockets inherited)
    {
        var bound = new BoundAddress(listener, address);
        try
        {
            if (inherited.At(address) is { Count: > 0 } sockets) bound.Adopt(sockets, inherited.FileAt(address), engines);
            else bound.Bind(address, engines);
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
        _rules = new CurrentRules(rules);
        foreach (var (acceptor, engine) in _acceptors) new Listener(acceptor, engines[engine], _rules, live[engine]).Start();
    }

    /// <summary>Whether it has begun to accept.</summary>
    public bool IsStarted => _rules is not null;

    /// <summary>These hold for the connections that are accepted from now on.</summary>
    public void Use(ConnectionRules rules) => _rules!.Now = rules;

    /// <summary>Its sockets, for another process. They belong to the caller.</summary>
    /// <exception cref="SocketException">It was disposed, or no descriptor is left.</exception>
    public IEnumerable<Socket> Share() => _acceptors.Take(_sockets).Select(one => one.Acceptor.Share());

    /// <summary>Looks again whether clients wait: a process that shared the sockets accepts no more.</summary>
    public void LookAgain() => _acceptors.ForEach(one => one.Acceptor.LookAgain());

    /// <summary>Accepts no more. The connections that it has go on.</summary>
    public void Dispose() => _acceptors.ForEach(one => one.Acceptor.Dispose());

    private void Bind(EndPoint address, IReadOnlyList<ITransport> engines)
    {
        var first = engines[0].Listen(address);
        _acceptors.Add((first, 0));
        for (var i = 1; i < engines.Count; i++) _acceptors.Add((engines[i].Join(first), i));
        // There is one unix socket, of which the engines have duplicates.
        _sockets = address is IPEndPoint ? _acceptors.Count : 1;
    }

    /// <summary>Each engine accepts from one of them at least, and each of them, which has a queue of its own, is accepted from.</summary>
    private void Adopt(IReadOnlyList<Socket> sockets, UnixSocketFile file, IReadOnlyList<ITransport> engines)
    {
        for (var i = 0; i < Math.Max(sockets.Count, engines.Count); i++)
        {
            var engine = i % engines.Count;
            _acceptors.Add((engines[engine].Adopt(sockets[i % sockets.Count].SafeHandle, i == 0 ? file : UnixSocketFile.None), engine));
        }
        _sockets = sockets.Count;
    }
}
