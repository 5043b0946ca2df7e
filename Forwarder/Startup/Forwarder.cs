using System.Diagnostics.Metrics;
using System.Net;
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
    private readonly Admission _admission;
    private readonly LiveConnections[] _live;
    private readonly List<BoundAddress> _bound = [];
    private readonly InheritedSockets _inherited;
    private readonly ILogger _logger;
    private readonly BackendLog _backendLog;
    private readonly BackendBuilder _builder;
    private readonly bool _isWatched;
    private CertificateRenewal? _renewal;
    private volatile Running? _running;

    private Forwarder(ForwarderConfig config, Engines engines, InheritedSockets inherited, ILoggerFactory logs, Action<ReadOnlySpan<byte>> console)
    {
        (Engines, var pipes) = engines;
        _inherited = inherited;
        _isWatched = config.Admin is not null;
        _logger = logs.CreateLogger(Log.Category);
        AccessLog = new AccessLog(config.Log.Access, Engines.Count, console, AppendingFile.Open, _logger);
        _backendLog = new BackendLog(_logger);
        _peekBudget = new PeekBudget(config.Limits.PeekMemory);
        _meter = new TrafficMeter(Engines.Count);
        _builder = NewBackendBuilder(config.Dns);
        Room = OpenFiles.AllowedConnections(
            config.Listeners.Sum(listener => listener.Bind.Count) * Engines.Count, pipes, config.Admin is null ? 0 : AdminListener.MostConnections);
        _admission = NewAdmission(config.Limits);
        MostConnections = config.Limits.Connections is > 0 and var set ? Math.Min(set, Room) : Room;
        _live = [.. Engines.Select((engine, i) =>
            new LiveConnections(NewParts(engine, _meter.Engines[i], AccessLog.Lanes[i]), _admission, Math.Max(1, Room / Engines.Count), i, Engines.Count))];
        new StateMeter(Meter, this).Create();
        View = new ForwarderView(_live, _meter.Engines, () => _running!, TimeProvider.System);
    }

    /// <summary>What is written of each connection.</summary>
    public AccessLog AccessLog { get; }

    /// <summary>The addresses that are listened on, in the configuration's order, with their real ports.</summary>
    public IReadOnlyList<EndPoint> Addresses => [.. _bound.Select(bound => bound.Local)];

    /// <summary>What moves the bytes.</summary>
    public IReadOnlyList<ITransport> Engines { get; }

    /// <summary>Where connections go, in the configuration's order.</summary>
    public IReadOnlyList<Backend> Backends { get; private set; } = [];

    /// <summary>What operators see of it.</summary>
    public ForwarderView View { get; }

    /// <summary>What it is measured by.</summary>
    public Meter Meter => _meter.Meter;

    /// <summary>Connections that are open.</summary>
    public int OpenConnections => _live.Sum(live => live.Count);

    /// <summary>What first flights hold beyond 4 KiB each, in bytes.</summary>
    public long PeekMemory => _peekBudget.Taken;

    /// <summary>The certificates that are shown, to clients and to servers.</summary>
    public IEnumerable<ServerCertificate> Certificates => _renewal?.Certificates ?? [];

    /// <summary>Client addresses that are remembered for their limits.</summary>
    public int KnownClients => _admission.KnownClients;

    /// <summary>TLS handshakes that compute now.</summary>
    public int RunningHandshakes => _handshakes.Running;

    /// <summary>How many connections may be open.</summary>
    public int MostConnections { get; }

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
            forwarder = new Forwarder(config, engines, inherited ?? InheritedSockets.None, logs, console ?? StandardOutput.Write);
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

    /// <summary>Stops accepting, and gives open connections <paramref name="drain"/> to end before they are reset.</summary>
    /// <param name="drain">From zero up.</param>
    /// <param name="hurry">Cancelled when the rest of the drain shall be left out.</param>
    public async Task StopAsync(TimeSpan drain, CancellationToken hurry)
    {
        StopAccepting();
        await new Drain(_live, _logger).RunAsync(drain, hurry).ConfigureAwait(false);
        Dispose();
    }

    /// <summary>Stops accepting and running.</summary>
    public void Dispose()
    {
        StopAccepting();
        _builder.Dispose();
        _renewal?.Dispose();
        foreach (var engine in Engines) engine.Dispose();
        _own.Dispose();
        _meter.Dispose();
        AccessLog.Dispose();
    }

    private void Run(ForwarderConfig config)
    {
        Backends = [.. config.Backends.Select(_builder.Build)];
        var rules = ConnectionRulesBuilder.Build(config, Backends, _logger);
        WarnOfInherited(config);
        foreach (var listener in config.Listeners)
        {
            foreach (var address in listener.Bind) Bind(listener.Name, address);
        }
        _backendLog.Loops(Backends, _own);
        foreach (var bound in _bound) Log.Listening(_logger, bound.Listener, bound.Local);

        _builder.WaitForServices(LongestWaitForServices);
        _running = RunningBuilder.Build(config, _bound, Backends);
        foreach (var bound in _bound) bound.Start(rules.First(of => of.Listener == bound.Listener), Engines, _live);
        _renewal = CertificateRenewalBuilder.Build(config, _logger);
        _renewal.Start();
    }

    private void Bind(string listener, EndPoint address)
    {
        var bound = BoundAddress.Bind(listener, address, Engines, _inherited);
        _bound.Add(bound);
        _own.Add(bound.Local);
    }

    private void StopAccepting()
    {
        _bound.ForEach(bound => bound.Dispose());
        _inherited.Dispose();
    }

    private void WarnOfInherited(ForwarderConfig config)
    {
        foreach (var what in _inherited.Unusable) Log.InheritedUnusable(_logger, what);
        var wanted = config.Listeners.SelectMany(listener => listener.Bind).ToList();
        foreach (var what in _inherited.CloseOthers(wanted)) Log.InheritedUnwanted(_logger, what, string.Join(", ", wanted.Select(Server.NameOf)));
    }

    private static Admission NewAdmission(LimitsConfig limits) => new(
        limits.Allow,
        limits.Deny,
        limits.Connections,
        new ClientLimits(limits.ConnectionsPerClient, limits.NewConnectionsPerClient, limits.NewConnectionsBurst, TimeProvider.System));

    private ConnectionParts NewParts(ITransport engine, EngineTally tally, AccessLane lane) =>
        new(engine, NewDialer(engine, new DialTally(tally)), _handshakes, lane, _peekBudget, tally) { IsWatched = _isWatched };

    private Dialer NewDialer(ITransport engine, DialTally tally) => new(engine, _own, _handshakes)
    {
        Attempted = tally.Attempted,
        ShookHands = tally.ShookHands,
        Failed = _backendLog.DialFailed,
        NotSecured = _backendLog.NotSecured,
    };

    private BackendBuilder NewBackendBuilder(DnsConfig dns)
    {
        var resolver = new Resolver(Dns.GetHostAddressesAsync, dns.Refresh, TimeProvider.System) { Changed = _backendLog.NameChanged };
        return new BackendBuilder(resolver, new ServiceLookup(dns.Servers), dns.Refresh, TimeProvider.System)
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
