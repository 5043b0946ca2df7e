using System.Net;
using System.Runtime.CompilerServices;
using SniForward.Peeking;
using SniForward.Routing;
using SniForward.Selecting;
using SniForward.Splicing;
using SniForward.Telemetry;
using SniForward.Transport;

namespace SniForward;

/// <summary>
/// The path of one connection: peek, route, dial, splice, or else refuse; then close. When it has ended it may serve
/// the next one, so that in steady state a connection allocates nothing.
/// </summary>
internal sealed class Connection
{
    private readonly ConnectionParts _parts;
    private readonly Func<Connection, ConnectionEnd?> _admit;
    private readonly Action<Connection> _ended;
    private readonly Splice _splice;
    private StageTimer _timer;
    private Loans _loans;
    private ConnectionReport _report;
    private Refusal? _refusal;
    private ISocket _client = null!;
    private CurrentRules _current = null!;
    private RequestLoop? _requests;
    private Route? _route;
    private StrongBox<int>? _routeCount;
    private Server? _named;
    private DialResult _dial;
    private ConnectionEnd? _refused;
    private EndPoint? _proxiedClient;
    private EndPoint? _proxiedLocal;
    private long _accepted;
    private long _began;
    private volatile ConnectionStage _stage = ConnectionStage.Closed;
    private ConnectionEnd _cutFor;
    private volatile bool _cut;
    private bool _isTunnel;

    /// <param name="parts">Those of the engine whose connections it serves.</param>
    /// <param name="admit">Whether one whose client is known may go on: null, or why not.</param>
    /// <param name="ended">Told of each connection's end, when everything but the object itself is given back.</param>
    public Connection(ConnectionParts parts, Func<Connection, ConnectionEnd?> admit, Action<Connection> ended)
    {
        (_parts, _admit, _ended) = (parts, admit, ended);
        _timer = new StageTimer(Time, Time.CreateTimer(
            static connection => ((Connection)connection!).TimeUp(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        _loans = new Loans(parts);
        _report = new ConnectionReport(parts);
        _splice = new Splice(Time, _timer.Timer, static (connection, end) => ((Connection)connection).SpliceEnded(end), this);
    }

    /// <summary>Unique in the process, for the log.</summary>
    public long Id { get; private set; }

    /// <summary>What holds for it: the rules of the listener that accepted it.</summary>
    public ConnectionRules Rules { get; private set; } = null!;

    /// <summary>Whether these still hold for connections to come.</summary>
    public bool HasCurrentRules => ReferenceEquals(Rules, _current.Now);

    /// <summary>The socket to the client.</summary>
    public ISocket Client => _client;

    /// <summary>The client's address, by its PROXY header if there was one.</summary>
    public EndPoint ClientAddress => _proxiedClient ?? _client.RemoteEndPoint;

    /// <summary>The address that the client connected to, likewise; null: it is not known any more.</summary>
    public EndPoint? LocalAddress => _proxiedLocal ?? _client.LocalEndPoint;

    /// <summary>What is told of it.</summary>
    public ref ConnectionReport Report => ref _report;

    /// <summary>Where it is on its path.</summary>
    public ConnectionStage Stage
    {
        get => _stage;
        set => _stage = value;
    }

    /// <summary>Whether it is one of those that the process may have only so many of.</summary>
    public bool IsCounted { get; set; }

    /// <summary>The address that its client is counted by, if it is.</summary>
    public IPAddress? CountedAddress { get; set; }

    /// <summary>After how long its client might be let in, if it was not; zero: nobody knows.</summary>
    public TimeSpan RetryAfter { get; set; }

    /// <summary>Since it was accepted.</summary>
    public TimeSpan Lifetime => Time.GetElapsedTime(_accepted);

    /// <summary>Likewise; or of a request that is not its first, since that began.</summary>
    public TimeSpan Age => Time.GetElapsedTime(_began);

    /// <summary>How long the first flight may still take.</summary>
    public TimeSpan PeekTimeLeft => Rules.PeekTimeout - Age;

    /// <summary>Why it ended, once it has.</summary>
    public ConnectionEnd End { get; set; }

    /// <summary>Whether each of its requests is routed by itself: it is HTTP/1, as far as it is known.</summary>
    private bool IsByRequest => Rules.IsByRequest && (_loans.Request ?? _loans.Flight) is { Result.Protocol: Protocols.Http };

    private TimeProvider Time => _parts.Transport.Time;

    /// <summary>Serves <paramref name="client"/> to its end and closes it. Never throws.</summary>
    /// <param name="id">Unique in the process.</param>
    /// <param name="client">Just accepted.</param>
    /// <param name="rules">Those of the listener that accepted it.</param>
    /// <param name="refused">Why it is refused whatever it asks for; null if it is not.</param>
    public void Serve(long id, ISocket client, CurrentRules rules, ConnectionEnd? refused)
    {
        _current = rules;
        _client = client;
        (Id, Rules, _refused, CountedAddress, RetryAfter) = (id, rules.Now, refused, null, TimeSpan.Zero);
        (_cut, _isTunnel) = (false, false);
        _stage = ConnectionStage.Peeking;
        _accepted = _began = Time.GetTimestamp();
        _report.Accepted(this);
        _ = RunAsync();
    }

    /// <summary>Resets the connection, wherever it is on its path. Called on the engine.</summary>
    /// <param name="why">How it ends, unless it comes to its own end first.</param>
    public void Cut(ConnectionEnd why)
    {
        _cutFor = why;
        _cut = true;
        if (_stage == ConnectionStage.Splicing) _splice.Cut(why);
        else if (_stage != ConnectionStage.Closed) _client?.Abort();
        if (_stage is ConnectionStage.Exchanging or ConnectionStage.Resting) _requests?.Cut(why);
    }

    /// <summary>Why it was cut; null: it was not.</summary>
    public ConnectionEnd? CutFor => _cut ? _cutFor : null;

    /// <summary>Resets the connection if it is <paramref name="server"/>'s. Called on the engine.</summary>
    /// <param name="server">Which has failed, or was taken out.</param>
    /// <param name="why">How it ends.</param>
    public void CutTo(ServerState server, ConnectionEnd why)
    {
        if (_stage is ConnectionStage.Exchanging or ConnectionStage.Resting) _requests?.CutTo(server, why);
        // Held, it cannot end and its object go to another connection between the look and the cut.
        if (!_splice.TryHold()) return;
        if (ReferenceEquals(_dial.Server?.State, server)) _splice.Cut(why);
        _splice.Release();
    }

    /// <summary>Counts it for limits that were not there when it came, if it is forwarded. Called on the engine.</summary>
    /// <param name="count">Counts its client.</param>
    /// <param name="limits">Those of the routes by now.</param>
    public void CountLate(Action<Connection> count, RouteLimits limits)
    {
        // Held, it cannot end and leave meanwhile.
        if (!_splice.TryHold()) return;
        count(this);
        _routeCount = limits.EnterLate(_route, Rules.RouteLimits, _routeCount);
        _splice.Release();
    }

    /// <summary>Whether it serves a client.</summary>
    public bool IsOpen => _stage != ConnectionStage.Closed;

    /// <summary>It as it is now. Called on the engine, while it is open.</summary>
    public ConnectionSnapshot Snapshot()
    {
        var (up, down) = Moved;
        return _report.Snapshot(this, _stage, up, down);
    }

    /// <summary>The bytes that have moved each way.</summary>
    private (long Up, long Down) Moved => _stage switch
    {
        // The request that a tunnel began with is part of it.
        ConnectionStage.Splicing when _isTunnel && _requests!.RequestBytes is var (up, down) => (up + _splice.BytesUp, down + _splice.BytesDown),
        ConnectionStage.Splicing => (_splice.BytesUp, _splice.BytesDown),
        ConnectionStage.Exchanging or ConnectionStage.Resting => _requests!.Bytes,
        _ => default,
    };

    /// <summary>Begins with another request of the same client.</summary>
    /// <param name="mayRenew">Whether it takes over rules that hold in the place of its own.</param>
    /// <returns>Whether it did.</returns>
    public bool BeginRequest(bool mayRenew)
    {
        _began = Time.GetTimestamp();
        _stage = ConnectionStage.Peeking;
        _report.Began();
        if (!mayRenew || HasCurrentRules) return false;
        LeaveRoute();
        Rules = _current.Now;
        return true;
    }

    /// <summary>Whether its client may send one more request now; null, or why not.</summary>
    public ConnectionEnd? TryAdmitRequest()
    {
        if (Rules.RequestWait is not { } wait || ClientAddress is not IPEndPoint { Address: var address }) return null;
        RetryAfter = wait(address);
        return RetryAfter > TimeSpan.Zero ? ConnectionEnd.RequestLimit : null;
    }

    /// <summary>Counts it as one of <paramref name="route"/>'s, and of no other's. False if that has as many as it may.</summary>
    public bool TryEnter(Route? route)
    {
        if (ReferenceEquals(route, _route)) return true;
        LeaveRoute();
        if (!Rules.RouteLimits.TryEnter(route, out _routeCount)) return false;
        _route = route;
        return true;
    }

    /// <summary>The process is about to end: if its client waits for nothing it is closed, else after the answer. Called on the engine.</summary>
    public void EndSoon()
    {
        if (_stage is ConnectionStage.Exchanging or ConnectionStage.Resting) _requests?.EndSoon();
    }

    /// <summary>Writes the access line of a connection that has ended.</summary>
    public void WriteAccessLine() => _report.Write(this);

    /// <summary>Writes the access line of one that is still open.</summary>
    public void LogProgress()
    {
        // Held, it cannot end meanwhile.
        if (!_splice.TryHold()) return;
        var (up, down) = Moved;
        _report.Progressed(this, up, down);
        _splice.Release();
    }

    /// <summary>Sets when the stage that it is in has taken long enough.</summary>
    public void SetTimer(TimeSpan due) => _timer.Set(due);

    /// <summary>From the accept to the splice, whose end is <see cref="SpliceEnded"/>, or to the close.</summary>
    private async Detached RunAsync()
    {
        try
        {
            if (await AdmitAsync().ConfigureAwait(false) is { } barred)
            {
                End = barred;
            }
            else
            {
                var answer = Rules.Peek ? await _loans.RentFlight().PeekAsync(this).ConfigureAwait(false) : PeekAnswer.NoName;
                var match = default(RouteMatch);
                if (IsByRequest && _refused is not null) _report.Peeked(this, _loans.Flight);
                var refusal = IsByRequest ? _refused : Route(answer, out match) ?? await TerminateAsync(match).ConfigureAwait(false);
                if (refusal is null && IsByRequest)
                {
                    if (await ServeRequestsAsync(match).ConfigureAwait(false) is { } end) EndRequests(await _requests!.EndAsync(end).ConfigureAwait(false));
                    else StartTunnel();
                    return;
                }
                refusal ??= Take(match, since: Age, await DialAsync(match).ConfigureAwait(false));
                if (refusal is null)
                {
                    StartSplice(match);
                    return;
                }
                End = refusal.Value;
                var told = AnswerChoice.Make(this, _parts, match.Route, ref _loans);
                // Of a handshake that failed the alert is on its way, and must not be overtaken by a reset.
                if (!told.IsEmpty || End == ConnectionEnd.TlsFailed) await RefuseAsync(told).ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // A fault in one connection must not end the others.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            End = ConnectionEnd.InternalError;
            Log.ConnectionFailed(Rules.Logger, fault, Rules.Listener, Id);
        }
        Close(wasForwarded: false);
    }

    /// <summary>Learns who the client is, and whether it may go on: null, or why it is closed without a word.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<ConnectionEnd?> AdmitAsync()
    {
        if (_refused is not null) return _refused;
        if (Rules.Proxy is { } proxy && await _loans.RentFlight().ReadProxyHeaderAsync(this, proxy).ConfigureAwait(false) is { } unfit)
        {
            _report.Peeked(this, _loans.Flight);
            return unfit;
        }
        (_proxiedClient, _proxiedLocal) = (_loans.Flight?.ProxiedClient, _loans.Flight?.ProxiedLocal);
        _report.Proxied(_proxiedClient);

        var barred = _admit(this);
        if (barred != ConnectionEnd.ClientLimit) return barred;
        // That it is told in its own protocol, which is not known yet.
        _refused = barred;
        return null;
    }

    /// <summary>Finds the route of what was peeked, or why the connection is refused.</summary>
    private ConnectionEnd? Route(PeekAnswer answer, out RouteMatch match)
    {
        match = default;
        _stage = ConnectionStage.Dialling;
        _report.Peeked(this, _loans.Flight);
        if (RefusalReason.Of(answer, Rules.Protocols) is { } unfit) return unfit;
        _report.Understood(this, _loans.Flight);
        if (_refused is not null) return _refused;

        if (RouteChoice.Find(this, Rules.Peek ? _loans.Flight : null, answer, _report.Entry, out match, out _named) is { } lost) return lost;
        return TryEnter(match.Route) ? null : ConnectionEnd.RouteLimit;
    }

    /// <summary>Ends the client's TLS here if its route says so: null, or why the connection is refused.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<ConnectionEnd?> TerminateAsync(RouteMatch match)
    {
        if (ClientTls.Of(this, _loans.Flight, match.Route) is not { } tls) return null;

        var (hello, began) = (_loans.Flight!, Age);
        var accepted = await ClientTls.AcceptAsync(this, _parts, hello, tls).ConfigureAwait(false);
        _report.Secured(accepted, Age - began);
        if (accepted.Socket is null) return RefusalReason.Of(accepted.Failure);
        _client = accepted.Socket;
        // From here on an answer is for who is inside.
        var request = _loans.RentRequest();
        if (!tls.HostMustMatch && !Rules.IsByRequest) return null;

        _stage = ConnectionStage.Peeking;
        var lost = await ClientTls.VerifyHostAsync(this, hello, request, match.Route).ConfigureAwait(false);
        _stage = ConnectionStage.Dialling;
        return lost;
    }

    private ValueTask<DialResult> DialAsync(RouteMatch match)
    {
        var backend = Rules.Backends[match.Backend];
        _report.Dialling(this, match, backend);
        OpeningChoice.Prepare(this, backend, ref _loans);
        return _parts.Dialer.DialAsync(new DialRequest(
            backend, _named, Rules.ConnectTimeout, backend.AsksForClient ? ClientAddress : null,
            _loans.Flight is null ? null : _client.Input, _loans.Opening, _client,
            // In the middle of a handshake nobody half-closes.
            EndIsLeaving: _loans is { Flight.Result.Protocol: Protocols.Tls, Request: null }));
    }

    /// <summary>Takes the server that was dialled, or tells why the connection is refused.</summary>
    private ConnectionEnd? Take(in RouteMatch match, TimeSpan since, DialResult dial)
    {
        _dial = dial;
        _loans.ReturnOpening();
        _report.Dialled(this, Rules.Backends[match.Backend], dial, Age - since);
        if (dial.Socket is null) return RefusalReason.Of(dial.End);
        // The client was reset meanwhile, of which a splice does not hear.
        if (!_cut) return null;
        dial.Socket.Abort();
        return _cutFor;
    }

    private void StartSplice(in RouteMatch match)
    {
        _loans.ReturnFlights();
        _stage = ConnectionStage.Splicing;
        // Once it has begun the splice may have ended, and all that the connection knows be forgotten.
        var (server, backend) = (_dial.Server!, Rules.Backends[match.Backend]);
        var flow = _report.Forwarded(this, match, server);
        _splice.Start(_client, _dial.Socket!, Rules.SpliceLimits, _dial.Sent, flow);
        if (_cut) _splice.Cut(_cutFor);
        if (Unfit(backend, server) is { } why) CutTo(server.State, why);
    }

    /// <summary>Why a server that was dialled is to have no connection any more: who fails or is taken out meanwhile finds none to cut.</summary>
    public static ConnectionEnd? Unfit(Backend backend, Server server)
    {
        if (server.Admin == ServerAdmin.Out) return ConnectionEnd.ClosedByOperator;
        return backend.Rules.CloseOnFail && !server.Health.IsUsable ? ConnectionEnd.ServerFailed : null;
    }

    private void SpliceEnded(ConnectionEnd end)
    {
        End = end;
        var (up, down) = Moved;
        _report.Moved(up, down);
        _splice.Flow!.CountEnded();
        Close(wasForwarded: true);
    }

    /// <summary>Serves one request after the other. Null: the last became a tunnel; else why it was the last.</summary>
    private ValueTask<ConnectionEnd?> ServeRequestsAsync(in RouteMatch match)
    {
        _loans.ReturnRequest();
        var isSecured = _loans.Flight!.Result.Protocol is Protocols.Tls;
        // Of one that is in the clear each request is peeked anew.
        if (!isSecured) _loans.ReturnFlights();
        _loans.Flight?.ReleaseMemory();
        return (_requests ??= new RequestLoop(this, _parts)).RunAsync(_loans.Flight, match);
    }

    private void EndRequests(ConnectionEnd end)
    {
        End = end;
        Close(wasForwarded: _requests!.WasForwarded);
    }

    private void StartTunnel()
    {
        _isTunnel = true;
        _dial = _requests!.Detach(out var flow);
        _requests.End();
        _loans.ReturnFlights();
        _stage = ConnectionStage.Splicing;
        _splice.Start(_client, _dial.Socket!, Rules.SpliceLimits, 0, flow);
        if (_cut) _splice.Cut(_cutFor);
    }

    /// <summary>Tells the client why it is refused, and gives it a moment to read that.</summary>
    public ValueTask<bool> RefuseAsync(ReadOnlyMemory<byte> answer)
    {
        _stage = ConnectionStage.Refusing;
        // The first thing that is done with its bytes is to drop them.
        _loans.ReturnFlights();
        SetTimer(Refusal.Grace);
        _refusal ??= new Refusal();
        return _refusal.SendAsync(_client, answer);
    }

    private void Close(bool wasForwarded)
    {
        _stage = ConnectionStage.Closed;
        _timer.Stop();
        _requests?.End();
        _loans.ReturnFlights();
        _loans.ReturnOpening();
        _loans.ReturnAnswer();
        _client.Dispose();
        _dial.Dispose();
        LeaveRoute();
        (_named, _proxiedClient, _proxiedLocal) = (null, null, null);
        if (_cut && End != ConnectionEnd.Completed) End = _cutFor;
        _report.Closed(this, wasForwarded);
        // Idle, it must not keep alive what it went by, which may be of a configuration that is gone.
        (Rules, _current, _client, _dial) = (null!, null!, null!, default);
        _ended(this);
    }

    private void LeaveRoute()
    {
        RouteLimits.Leave(_routeCount);
        (_route, _routeCount) = (null, null);
    }

    private void TimeUp()
    {
        switch (_stage)
        {
            case ConnectionStage.Splicing:
                _splice.Watch();
                break;
            case ConnectionStage.Exchanging or ConnectionStage.Resting:
                _requests!.TimeUp(ref _timer);
                break;
            case ConnectionStage.Peeking or ConnectionStage.Refusing when _timer.IsEarly():
                break;
            case ConnectionStage.Peeking:
                _client?.Input.CancelPendingRead();
                break;
            case ConnectionStage.Refusing:
                _refusal?.EndGrace();
                break;
        }
    }
}
