using System.Diagnostics.Metrics;
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
using SniForward.Startup.Configuration;
using SniForward.Telemetry;
using SniForward.Telemetry.Access;
using SniForward.Telemetry.Metrics;
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

    private readonly OwnAddresses _own = new();
    private readonly HandshakeGate _handshakes = new(HandshakeGate.DefaultPlaces, LongestLineOfHandshakes);
    private readonly PeekBudget _peekBudget;
    private readonly TrafficMeter _meter;
    private readonly ClientLimits _clients = new(0, 0, 1, TimeProvider.System);
    private readonly Admission _admission;
    private readonly LiveConnections[] _live;
    private readonly Lock _reloading = new();
    private readonly ILogger _logger;
    private readonly BackendLog _backendLog;
    private readonly BackendSet _backends;
    private readonly ListenerSet _listeners;
    private readonly CertificateRenewal _renewal;
    private readonly bool _isWatched;
    private volatile Running? _running;
    private volatile RulesInForce? _inForce;
    private bool _isStopped;

    private Forwarder(ForwarderConfig config, Engines engines, InheritedSockets inherited, ILoggerFactory logs, Action<ReadOnlySpan<byte>> console)
    {
        (Engines, var pipes) = engines;
        _isWatched = config.Admin is not null;
        _logger = logs.CreateLogger(Log.Category);
        AccessLog = new AccessLog(config.Log.Access, Engines.Count, console, AppendingFile.Open, _logger);
        _backendLog = new BackendLog(_logger);
        _renewal = CertificateRenewalBuilder.Build(_logger);
        _peekBudget = new PeekBudget(config.Limits.PeekMemory);
        _meter = new TrafficMeter(Engines.Count);
        _backends = NewBackendSet();
        Room = OpenFiles.AllowedConnections(
            config.Listeners.Sum(listener => listener.Bind.Count) * Engines.Count, pipes, config.Admin is null ? 0 : AdminListener.MostConnections);
        _admission = new Admission(new AdmissionRules([], [], 0), _clients);
        _live = [.. Engines.Select((engine, i) =>
            new LiveConnections(NewParts(engine, _meter.Engines[i], AccessLog.Lanes[i]), _admission, Math.Max(1, Room / Engines.Count), i, Engines.Count))];
        _listeners = new ListenerSet(Engines, _live, inherited, _logger);
        Reloads = new ReloadMeter(Meter, TimeProvider.System);
        new StateMeter(Meter, this).Create();
        View = new ForwarderView(_live, _meter.Engines, () => _running!, TimeProvider.System);
    }

    /// <summary>What is written of each connection.</summary>
    public AccessLog AccessLog { get; }

    /// <summary>The addresses that are listened on, in the configuration's order, with their real ports.</summary>
    public IReadOnlyList<EndPoint> Addresses => _listeners.Addresses;

    /// <summary>What moves the bytes.</summary>
    public IReadOnlyList<ITransport> Engines { get; }

    /// <summary>Where connections go, in the configuration's order.</summary>
    public IReadOnlyList<Backend> Backends => _running?.Backends ?? [];

    /// <summary>What holds for the connections to come, by listener.</summary>
    public IReadOnlyList<ConnectionRules> Rules => _inForce?.Rules ?? [];

    /// <summary>What operators see of it.</summary>
    public ForwarderView View { get; }

    /// <summary>What it is measured by.</summary>
    public Meter Meter => _meter.Meter;

    /// <summary>How reloads are counted.</summary>
    public ReloadMeter Reloads { get; }

    /// <summary>Connections that are open.</summary>
    public int OpenConnections => _live.Sum(live => live.Count);

    /// <summary>What first flights hold beyond 4 KiB each, in bytes.</summary>
    public long PeekMemory => _peekBudget.Taken;

    /// <summary>The certificates that are shown, to clients and to servers.</summary>
    public IEnumerable<ServerCertificate> Certificates => _renewal.Certificates;

    /// <summary>Client addresses that are remembered for their limits.</summary>
    public int KnownClients => _admission.KnownClients;

    /// <summary>TLS handshakes that compute now.</summary>
    public int RunningHandshakes => _handshakes.Running;

    /// <summary>How many connections may be open.</summary>
    public int MostConnections { get; private set; }

    /// <summary>How many connections the limit of open files allows.</summary>
    private int Room { get; }

    /// <summary>Binds every listener of <paramref name="config"/> on every engine, and only then begins to accept.</summary>
    /// <param name="config">What to run.</param>
    /// <param name="logs">Where it logs.</param>
    /// <param name="engines">They belong to the forwarder, which disposes of them when it has stopped; null: those that the configuration asks for.</param>
    /// <param name="inherited">Sockets that are used instead of binding their addresses; they belong to the forwarder, too. Null: none.</param>
    /// <param name="console">Where access lines go; null: the standard output.</param>
    /// <exception cref="BindException">An address cannot be bound; nothing is left open.</exception>
    /// <exception cref="AccessFileException">The access log's file cannot be opened; nothing is left open.</exception>
    public static Forwarder Start(
        ForwarderConfig config, ILoggerFactory logs, Engines? engines = null, InheritedSockets? inherited = null, Action<ReadOnlySpan<byte>>? console = null)
    {
        engines ??= Startup.Engines.Start(config);
        Forwarder? forwarder = null;
        try
        {
            forwarder = new Forwarder(config, engines, inherited ?? InheritedSockets.None, logs, console ?? StandardOutput.Open());
            forwarder.Run(config);
            return forwarder;
        }
        catch
        {
            forwarder?.Dispose();
            foreach (var engine in engines.All) engine.Dispose();
            throw;
        }
    }

    /// <summary>Says in the log that it runs, and how much it can.</summary>
    /// <param name="config">What it runs.</param>
    public void Announce(ForwarderConfig config)
    {
        Log.Ready(_logger, config.Listeners.Count, config.Routes.Count, config.Backends.Count, Engines.Count, MostConnections);
    }

    /// <summary>
    /// Puts <paramref name="config"/> in the place of what runs. Open connections notice nothing, addresses that stay are not bound
    /// again, and backends of the same name keep the state of their servers. What cannot be changed while it runs stays as it is.
    /// </summary>
    /// <exception cref="BindException">A new address cannot be bound; everything goes on as it was.</exception>
    /// <exception cref="AccessFileException">The access log's new file cannot be opened; likewise.</exception>
    public void Reload(ForwarderConfig config)
    {
        lock (_reloading)
        {
            if (_isStopped) return;
            var bound = _listeners.Bind(config.Listeners);
            try
            {
                AccessLog.Apply(config.Log.Access);
                Use(config, bound);
            }
            catch
            {
                ListenerSet.Abandon(bound);
                throw;
            }
            _backends.KeepOnly(config.Backends.Select(backend => backend.Name).ToHashSet());
        }
    }

    /// <summary>Stops accepting, and gives open connections <paramref name="drain"/> to end before they are reset.</summary>
    /// <param name="drain">From zero up.</param>
    /// <param name="hurry">Cancelled when the rest of the drain shall be left out.</param>
    public async Task DrainAsync(TimeSpan drain, CancellationToken hurry)
    {
        StopAccepting();
        await new Drain(_live, _logger).RunAsync(drain, hurry).ConfigureAwait(false);
    }

    /// <summary>As <see cref="DrainAsync"/>, and then as <see cref="Dispose"/>.</summary>
    public async Task StopAsync(TimeSpan drain, CancellationToken hurry)
    {
        await DrainAsync(drain, hurry).ConfigureAwait(false);
        Dispose();
    }

    /// <summary>Stops accepting and running.</summary>
    public void Dispose()
    {
        StopAccepting();
        _backends.Dispose();
        _renewal.Dispose();
        foreach (var engine in Engines) engine.Dispose();
        _own.Dispose();
        _meter.Dispose();
        AccessLog.Dispose();
    }

    private void Run(ForwarderConfig config)
    {
        _listeners.WarnOfInherited(config);
        Use(config, _listeners.Bind(config.Listeners));
    }

    /// <summary>Everything that connections go by from now on.</summary>
    private void Use(ForwarderConfig config, IReadOnlyList<(BoundAddress Address, string Listener)> bound)
    {
        config = _renewal.Use(config);
        _backends.Use(config.Dns);
        // While servers are asked for, what ran before runs on.
        _backends.WaitForServices(config.Backends, LongestWaitForServices);
        _own.Use(bound.Select(of => of.Address.Local));
        Backend[] backends = [.. config.Backends.Select(_backends.Use)];
        _backendLog.Loops(backends, _own);
        _inForce = ConnectionRulesBuilder.Build(config, backends, _logger, _inForce);
        var limits = config.Limits;
        _admission.Use(new AdmissionRules(limits.Allow, limits.Deny, limits.Connections));
        _clients.Use(limits.ConnectionsPerClient, limits.NewConnectionsPerClient, limits.NewConnectionsBurst);
        MostConnections = limits.Connections is > 0 and var set ? Math.Min(set, Room) : Room;
        _running = RunningBuilder.Build(config, bound, backends);
        _listeners.Use(bound, _inForce.Rules);
        _meter.Use(KnownNamesBuilder.Build(config));
        if (config.HasLimits) _ = CountLateAsync(_inForce.Rules[0].RouteLimits);
    }

    /// <summary>The sockets that are listened on, for another process. They belong to the caller.</summary>
    /// <exception cref="SocketException">They are closed, or no descriptor is left.</exception>
    public IReadOnlyList<Socket> Share() => _listeners.Share();

    /// <summary>Looks again whether clients wait: a process that shared the sockets accepts no more.</summary>
    public void LookAgain() => _listeners.LookAgain();

    /// <summary>Accepts no more; open connections go on.</summary>
    public void StopAccepting()
    {
        lock (_reloading)
        {
            _isStopped = true;
            _listeners.Dispose();
        }
    }

    /// <summary>Counts what is open already for limits that were not there before.</summary>
    private async Task CountLateAsync(RouteLimits limits)
    {
        foreach (var live in _live) await live.CountLateAsync(limits).ConfigureAwait(false);
    }

    private ConnectionParts NewParts(ITransport engine, EngineTally tally, AccessLane lane) =>
        new(engine, NewDialer(engine, new DialTally(tally)), _handshakes, lane, _peekBudget, tally) { IsWatched = _isWatched };

    private Dialer NewDialer(ITransport engine, DialTally tally) => new(engine, _own, _handshakes)
    {
        Attempted = tally.Attempted,
        ShookHands = tally.ShookHands,
        Failed = _backendLog.DialFailed,
        NotSecured = _backendLog.NotSecured,
    };

    private BackendSet NewBackendSet()
    {
        var resolver = new Resolver(Dns.GetHostAddressesAsync, new DnsConfig().Refresh, TimeProvider.System) { Changed = _backendLog.NameChanged };
        return new BackendSet(resolver, TimeProvider.System)
        {
            Changed = HealthChanged,
            ServersChanged = _backendLog.ServersChanged,
            ServiceChanged = _backendLog.ServiceChanged,
        };
    }

    private void HealthChanged(Backend backend, ServerState server, HealthChange change)
    {
        _backendLog.HealthChanged(backend, server, change);
        if (!backend.Rules.CloseOnFail || change.Verdict == HealthVerdict.Back) return;
        foreach (var live in _live) live.CutTo(server, ConnectionEnd.ServerFailed);
    }
}
