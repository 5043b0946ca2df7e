using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SniForward.Accepting;
using SniForward.Selecting;
using SniForward.Splicing;
using SniForward.Startup.Configuration;
using SniForward.Telemetry;
using SniForward.Transport;

namespace SniForward.Startup;

/// <summary>A running forwarder: everything that a configuration asks for, built, bound and accepting.</summary>
internal sealed class Forwarder : IDisposable
{
    private readonly List<IAcceptor> _acceptors = [];
    private readonly LiveConnections _live = new();
    private readonly ITransport _transport;
    private readonly ILogger _logger;

    private Forwarder(ITransport transport, ILoggerFactory logs)
    {
        _transport = transport;
        _logger = logs.CreateLogger(Log.Category);
    }

    /// <summary>The addresses that are listened on, in the configuration's order, with their real ports.</summary>
    public IReadOnlyList<EndPoint> Addresses => [.. _acceptors.Select(acceptor => acceptor.LocalEndPoint)];

    /// <summary>Connections that are open.</summary>
    public int OpenConnections => _live.Count;

    /// <summary>Binds every listener of <paramref name="config"/>, and only then begins to accept.</summary>
    /// <exception cref="BindException">An address cannot be bound; nothing is left open.</exception>
    public static Forwarder Start(ForwarderConfig config, ITransport transport, ILoggerFactory logs)
    {
        var forwarder = new Forwarder(transport, logs);
        try
        {
            var allowed = OpenFiles.AllowedConnections(config.Listeners.Sum(listener => listener.Bind.Count));
            var listeners = forwarder.Bind(config, logs, new SemaphoreSlim(allowed));
            foreach (var listener in listeners) _ = listener.RunAsync();
            var limit = config.Limits.Connections is > 0 and var set ? Math.Min(set, allowed) : allowed;
            Log.Ready(forwarder._logger, config.Listeners.Count, config.Routes.Count, config.Backends.Count, limit);
            return forwarder;
        }
        catch
        {
            forwarder.Dispose();
            throw;
        }
    }

    /// <summary>Stops accepting, and gives open connections <paramref name="drain"/> to end before they are reset.</summary>
    /// <param name="drain">From zero up.</param>
    /// <param name="hurry">Cancelled when the rest of the drain shall be left out.</param>
    public async Task StopAsync(TimeSpan drain, CancellationToken hurry)
    {
        Dispose();
        if (_live.Count > 0) Log.Draining(_logger, _live.Count, drain);
        if (await _live.WaitEmptyAsync(drain, _transport.Time, hurry).ConfigureAwait(false))
        {
            Log.Drained(_logger);
            return;
        }
        Log.DrainExpired(_logger, _live.CutAll());
        await _live.WaitEmptyAsync(TimeSpan.FromSeconds(1), _transport.Time, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Stops accepting.</summary>
    public void Dispose()
    {
        foreach (var acceptor in _acceptors) acceptor.Dispose();
    }

    private List<Listener> Bind(ForwarderConfig config, ILoggerFactory logs, SemaphoreSlim room)
    {
        var admission = NewAdmission(config.Limits);
        var routes = RouteTableBuilder.Build(config);
        Backend[] backends = [.. config.Backends.Select(NewBackend)];
        var dialer = NewDialer(config.Timeouts.Connect);
        var accessLog = new AccessLog(logs.CreateLogger(AccessLog.Category));

        var listeners = new List<Listener>();
        foreach (var (index, listener) in config.Listeners.Index())
        {
            var rules = new ConnectionRules
            {
                Listener = listener.Name,
                ListenerIndex = index,
                Protocols = listener.Protocols,
                Peek = listener.Peek,
                PeekBytes = config.Limits.PeekBytes,
                PeekTimeout = config.Timeouts.Peek,
                SpliceTimeouts = new SpliceTimeouts(config.Timeouts.Idle, config.Timeouts.HalfClosed),
                Routes = routes,
                Backends = backends,
                Dialer = dialer,
                AccessLog = accessLog,
                Logger = _logger,
            };
            foreach (var address in listener.Bind)
                listeners.Add(new Listener(Listen(listener.Name, address), _transport, rules, admission, room, _live));
        }
        return listeners;
    }

    private IAcceptor Listen(string listener, EndPoint address)
    {
        try
        {
            var acceptor = _transport.Listen(address);
            _acceptors.Add(acceptor);
            return acceptor;
        }
        catch (SocketException e)
        {
            throw new BindException(listener, address, e);
        }
    }

    private Admission NewAdmission(LimitsConfig limits) => new(
        limits.Allow,
        limits.Deny,
        limits.Connections,
        new ClientLimits(limits.ConnectionsPerClient, limits.NewConnectionsPerClient, _transport.Time));

    private Dialer NewDialer(TimeSpan timeout) => new(_transport, new Resolver(Dns.GetHostAddressesAsync, _transport.Time), timeout)
    {
        Failed = (backend, address, error) => Log.DialFailed(_logger, backend.Name, address, error),
    };

    private static Backend NewBackend(BackendConfig config) =>
        new(config.Name, [.. config.Servers.Select(address => new Server(address, config.MaxConnections))]);
}
