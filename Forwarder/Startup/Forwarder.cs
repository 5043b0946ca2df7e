using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SniForward.Accepting;
using SniForward.Admin;
using SniForward.Peeking;
using SniForward.Securing;
using SniForward.Selecting;
using SniForward.Selecting.Health;
using SniForward.Selecting.Names;
using SniForward.Splicing;
using SniForward.Startup.Configuration;
using SniForward.Telemetry;
using SniForward.Transport;
using SniForward.Transport.Tls;

namespace SniForward.Startup;

/// <summary>A running forwarder: everything that a configuration asks for, built, bound and accepting.</summary>
internal sealed class Forwarder : IDisposable
{
    /// <summary>How long accepting may wait for the servers of services: a DNS server that does not answer must not keep the others' clients out.</summary>
    private static readonly TimeSpan LongestWaitForServices = TimeSpan.FromSeconds(2);

    /// <summary>How many TLS handshakes may wait to begin; at a thousand a second and core that is a few seconds.</summary>
    private const int LongestLineOfHandshakes = 4096;

    private readonly List<IAcceptor> _acceptors = [];
    private readonly OwnAddresses _own = new();
    private readonly ILogger _logger;
    private readonly PeekBudget _peekBudget;
    private readonly HandshakeGate _handshakes = new(HandshakeGate.DefaultPlaces, LongestLineOfHandshakes);
    private LiveConnections[] _live = [];
    private BackendBuilder? _builder;
    private CertificateRenewal? _renewal;

    private Forwarder(IReadOnlyList<ITransport> engines, LimitsConfig limits, ILoggerFactory logs)
    {
        Engines = engines;
        _peekBudget = new PeekBudget(limits.PeekMemory);
        _logger = logs.CreateLogger(Log.Category);
    }

    /// <summary>The addresses that are listened on, in the configuration's order, with their real ports.</summary>
    public IReadOnlyList<EndPoint> Addresses { get; private set; } = [];

    /// <summary>What moves the bytes.</summary>
    public IReadOnlyList<ITransport> Engines { get; }

    /// <summary>Where connections go, in the configuration's order.</summary>
    public IReadOnlyList<Backend> Backends { get; private set; } = [];

    /// <summary>Connections that are open.</summary>
    public int OpenConnections => _live.Sum(live => live.Count);

    /// <summary>What first flights hold beyond 4 KiB each, in bytes.</summary>
    public long PeekMemory => _peekBudget.Taken;

    /// <summary>Starts the engines that <paramref name="config"/> asks for, and what it says on them.</summary>
    /// <exception cref="BindException">An address cannot be bound; nothing is left open.</exception>
    public static Forwarder Start(ForwarderConfig config, ILoggerFactory logs) => Start(config, Startup.Engines.Start(config), logs);

    /// <summary>Binds every listener of <paramref name="config"/> on every engine, and only then begins to accept.</summary>
    /// <param name="config">What to run.</param>
    /// <param name="engines">They belong to the forwarder, which disposes of them when it has stopped.</param>
    /// <param name="logs">Where it logs.</param>
    /// <exception cref="BindException">An address cannot be bound; nothing is left open.</exception>
    public static Forwarder Start(ForwarderConfig config, Engines engines, ILoggerFactory logs)
    {
        var (all, pipes) = engines;
        var forwarder = new Forwarder(all, config.Limits, logs);
        try
        {
            var room = OpenFiles.AllowedConnections(
                config.Listeners.Sum(listener => listener.Bind.Count) * all.Count, pipes, config.Admin is null ? 0 : AdminListener.MostConnections);
            var admission = NewAdmission(config.Limits);
            forwarder._live = [.. all.Select((engine, i) =>
                new LiveConnections(forwarder.NewParts(engine), admission, Math.Max(1, room / all.Count), i, all.Count))];
            var listeners = forwarder.Bind(config, logs);
            forwarder._builder!.WaitForServices(LongestWaitForServices);
            foreach (var listener in listeners) listener.Start();
            forwarder._renewal = CertificateRenewalBuilder.Build(config, forwarder._logger);
            forwarder._renewal.Start();
            var limit = config.Limits.Connections is > 0 and var set ? Math.Min(set, room) : room;
            Log.Ready(forwarder._logger, config.Listeners.Count, config.Routes.Count, config.Backends.Count, all.Count, limit);
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
        foreach (var acceptor in _acceptors) acceptor.Dispose();
        var open = OpenConnections;
        if (open > 0) Log.Draining(_logger, open, drain);
        if (await WaitEmptyAsync(drain, hurry).ConfigureAwait(false))
        {
            Log.Drained(_logger);
        }
        else
        {
            Log.DrainExpired(_logger, OpenConnections);
            foreach (var live in _live) live.CutAll();
            await WaitEmptyAsync(TimeSpan.FromSeconds(1), CancellationToken.None).ConfigureAwait(false);
        }
        Dispose();
    }

    /// <summary>Stops accepting and running.</summary>
    public void Dispose()
    {
        foreach (var acceptor in _acceptors) acceptor.Dispose();
        _builder?.Dispose();
        _renewal?.Dispose();
        foreach (var engine in Engines) engine.Dispose();
        _own.Dispose();
    }

    private async Task<bool> WaitEmptyAsync(TimeSpan deadline, CancellationToken hurry)
    {
        var empty = await Task.WhenAll(_live.Select(live => live.WaitEmptyAsync(deadline, hurry))).ConfigureAwait(false);
        return empty.All(isEmpty => isEmpty);
    }

    private List<Listener> Bind(ForwarderConfig config, ILoggerFactory logs)
    {
        var routes = RouteTableBuilder.Build(config);
        _builder = NewBackendBuilder(config.Dns);
        Backends = [.. config.Backends.Select(_builder.Build)];
        var routeLimits = new RouteLimits([.. config.Routes.Select(route => route.MaxConnections)]);
        var accessLog = new AccessLog(logs.CreateLogger(AccessLog.Category));

        var listeners = new List<Listener>();
        var addresses = new List<(string Listener, EndPoint Address)>();
        foreach (var (index, listener) in config.Listeners.Index())
        {
            var rules = new ConnectionRules
            {
                Listener = listener.Name,
                ListenerIndex = index,
                Protocols = listener.Protocols,
                Peek = listener.Peek,
                FirstByte = listener.FirstByte,
                Proxy = listener.Proxy,
                LogsJa4 = config.Log.Ja4,
                PeekBytes = config.Limits.PeekBytes,
                PeekTimeout = config.Timeouts.Peek,
                SpliceLimits = new SpliceLimits(
                    config.Timeouts.Idle, config.Timeouts.HalfClosed, config.Limits.UploadRate, config.Limits.DownloadRate),
                Routes = routes,
                Terminations = [.. config.Routes.Select(route => route.Tls)],
                RouteLimits = routeLimits,
                Backends = Backends,
                ConnectTimeout = config.Timeouts.Connect,
                AccessLog = accessLog,
                Logger = _logger,
            };
            foreach (var address in listener.Bind)
            {
                var first = Listen(listener.Name, address, () => Engines[0].Listen(address));
                addresses.Add((listener.Name, first.LocalEndPoint));
                _own.Add(first.LocalEndPoint);
                listeners.Add(new Listener(first, Engines[0], rules, _live[0]));
                for (var i = 1; i < Engines.Count; i++)
                {
                    var engine = Engines[i];
                    listeners.Add(new Listener(Listen(listener.Name, address, () => engine.Join(first)), engine, rules, _live[i]));
                }
            }
        }
        WarnOfLoops();
        Addresses = [.. addresses.Select(bound => bound.Address)];
        foreach (var (name, address) in addresses) Log.Listening(_logger, name, address);
        return listeners;
    }

    private void WarnOfLoops()
    {
        foreach (var backend in Backends)
        {
            foreach (var server in backend.Servers.Where(server => _own.Contains(server.Address))) Log.ServerIsListener(_logger, backend.Name, server.Name);
        }
    }

    private IAcceptor Listen(string listener, EndPoint address, Func<IAcceptor> bind)
    {
        try
        {
            var acceptor = bind();
            _acceptors.Add(acceptor);
            return acceptor;
        }
        catch (SocketException e)
        {
            throw new BindException($"listener \"{listener}\"", address, e);
        }
    }

    private static Admission NewAdmission(LimitsConfig limits) => new(
        limits.Allow,
        limits.Deny,
        limits.Connections,
        new ClientLimits(limits.ConnectionsPerClient, limits.NewConnectionsPerClient, limits.NewConnectionsBurst, TimeProvider.System));

    private ConnectionParts NewParts(ITransport engine) => new(engine, NewDialer(engine), _handshakes, _peekBudget);

    private Dialer NewDialer(ITransport engine) => new(engine, _own, _handshakes)
    {
        Failed = (backend, server, error) => Log.DialFailed(_logger, backend.Name, server.Name, error),
        NotSecured = (server, reason) => Log.TlsToServerFailed(_logger, server.Name, reason),
    };

    private BackendBuilder NewBackendBuilder(DnsConfig dns)
    {
        var resolver = new Resolver(Dns.GetHostAddressesAsync, dns.Refresh, TimeProvider.System)
        {
            Changed = (name, failure) =>
            {
                if (failure is null) Log.NameResolved(_logger, name.Host);
                else Log.NameFailed(_logger, name.Host, failure);
            },
        };
        return new BackendBuilder(resolver, new ServiceLookup(dns.Servers), dns.Refresh, TimeProvider.System)
        {
            Changed = ServerChanged,
            ServersChanged = ServersChanged,
            ServiceChanged = (backend, service, failure) =>
            {
                if (failure is null) Log.ServiceAnswered(_logger, backend.Name, service);
                else Log.ServiceFailed(_logger, backend.Name, service, failure);
            },
        };
    }

    private void ServersChanged(Backend backend, string service, IReadOnlyList<ServerSettings> servers)
    {
        if (servers.Count == 0) Log.ServiceNotAvailable(_logger, backend.Name, service);
        else Log.ServiceServers(_logger, backend.Name, service, string.Join(", ", servers.Select(Describe)));

        static string Describe(ServerSettings server) =>
            $"{Server.NameOf(server.Address)}{(server.Weight == 1 ? "" : $" weight {server.Weight}")}{(server.IsBackup ? " backup" : "")}";
    }

    private void ServerChanged(Backend backend, Server server, HealthChange change)
    {
        switch (change.Verdict)
        {
            case HealthVerdict.Back:
                Log.ServerBack(_logger, backend.Name, server.Name, change.Why, backend.Usable);
                break;
            case HealthVerdict.Out:
                Log.ServerOut(_logger, backend.Name, server.Name, change.Why, change.CoolDown, backend.Usable);
                break;
            case HealthVerdict.Down:
                Log.ServerDown(_logger, backend.Name, server.Name, change.Why, backend.Usable);
                break;
        }
        if (!backend.Rules.CloseOnFail || change.Verdict == HealthVerdict.Back) return;
        foreach (var live in _live) live.CutTo(server);
    }
}
