using System.Net;
using System.Runtime.CompilerServices;
using SniForward.Peeking;
using SniForward.Routing;
using SniForward.Selecting;
using SniForward.Splicing;
using SniForward.Telemetry;
using SniForward.Transport;
using SniForward.Transport.Tls;

namespace SniForward;

/// <summary>
/// The path of one connection: peek, route, dial, splice, or else refuse; then close. When it has ended it may serve
/// the next one, so that in steady state a connection allocates nothing.
/// </summary>
internal sealed class Connection
{
    private enum Stage
    {
        Peeking,
        Dialling,
        Splicing,
        Refusing,
        Closed,
    }

    private readonly ConnectionParts _parts;
    private readonly Func<Connection, ConnectionEnd?> _admit;
    private readonly Action<Connection> _ended;
    private readonly ITimer _timer;
    private readonly Splice _splice;
    private Refusal? _refusal;
    private FirstFlight? _flight;
    private FirstFlight? _request;
    private Opening? _opening;
    private ISocket _client = null!;
    private Route? _route;
    private Server? _named;
    private DialResult _dial;
    private AccessEntry? _entry;
    private ConnectionEnd? _refused;
    private long _accepted;
    private long _deadline;
    private volatile Stage _stage = Stage.Closed;
    private volatile bool _cut;

    /// <param name="parts">Those of the engine whose connections it serves.</param>
    /// <param name="admit">Whether one whose client is known may go on: null, or why not.</param>
    /// <param name="ended">Told of each connection's end, when everything but the object itself is given back.</param>
    public Connection(ConnectionParts parts, Func<Connection, ConnectionEnd?> admit, Action<Connection> ended)
    {
        (_parts, _admit, _ended) = (parts, admit, ended);
        _timer = Time.CreateTimer(
            static connection => ((Connection)connection!).TimeUp(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _splice = new Splice(Time, _timer, static (connection, end) => ((Connection)connection).SpliceEnded(end), this);
    }

    /// <summary>Unique in the process, for the log.</summary>
    public long Id { get; private set; }

    /// <summary>What holds for it: the rules of the listener that accepted it.</summary>
    public ConnectionRules Rules { get; private set; } = null!;

    /// <summary>The socket to the client.</summary>
    public ISocket Client => _client;

    /// <summary>The client's address, by its PROXY header if there was one.</summary>
    public EndPoint ClientAddress => _flight?.ProxiedClient ?? _client.RemoteEndPoint;

    /// <summary>The address that its client is counted by, if it is.</summary>
    public IPAddress? CountedAddress { get; set; }

    /// <summary>How long the first flight may still take.</summary>
    public TimeSpan PeekTimeLeft => Rules.PeekTimeout - Time.GetElapsedTime(_accepted);

    /// <summary>Why it ended, once it has.</summary>
    public ConnectionEnd End { get; private set; }

    private TimeProvider Time => _parts.Transport.Time;

    /// <summary>Serves <paramref name="client"/> to its end and closes it. Never throws.</summary>
    /// <param name="id">Unique in the process.</param>
    /// <param name="client">Just accepted.</param>
    /// <param name="rules">Those of the listener that accepted it.</param>
    /// <param name="refused">Why it is refused whatever it asks for; null if it is not.</param>
    public void Serve(long id, ISocket client, ConnectionRules rules, ConnectionEnd? refused)
    {
        _client = client;
        (Id, Rules, _refused, CountedAddress) = (id, rules, refused, null);
        (_dial, _cut) = (default, false);
        _stage = Stage.Peeking;
        _accepted = Time.GetTimestamp();
        _entry = rules.AccessLog.Enabled ? _entry ?? new AccessEntry() : null;
        _entry?.Begin(rules.Listener, client.RemoteEndPoint);
        _ = RunAsync();
    }

    /// <summary>Resets the connection, wherever it is on its path. Called on the engine.</summary>
    public void Cut()
    {
        _cut = true;
        if (_stage == Stage.Splicing) _splice.Cut(ConnectionEnd.Drained);
        else if (_stage != Stage.Closed) _client.Abort();
    }

    /// <summary>Resets the connection if it is <paramref name="server"/>'s, which has failed. Called on the engine.</summary>
    public void CutTo(Server server)
    {
        // Held, it cannot end and its object go to another connection between the look and the cut.
        if (!_splice.TryHold()) return;
        if (ReferenceEquals(_dial.Server, server)) _splice.Cut(ConnectionEnd.ServerFailed);
        _splice.Release();
    }

    /// <summary>Writes the access line of a connection that has ended.</summary>
    public void WriteAccessLine()
    {
        if (_entry is not null) Rules.AccessLog.Write(Id, _entry);
    }

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
                var answer = Rules.Peek ? await RentFlight().PeekAsync(this).ConfigureAwait(false) : PeekAnswer.NoName;
                var refusal = Route(answer, out var match)
                    ?? await TerminateAsync(match).ConfigureAwait(false)
                    ?? Take(await DialAsync(match).ConfigureAwait(false));
                if (refusal is null)
                {
                    StartSplice();
                    return;
                }
                End = refusal.Value;
                var told = (_request ?? _flight)?.Refusal(End) ?? default;
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
        Close();
    }

    /// <summary>Learns who the client is, and whether it may go on: null, or why it is closed without a word.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<ConnectionEnd?> AdmitAsync()
    {
        if (_refused is not null) return _refused;
        if (Rules.Proxy is { } proxy && await RentFlight().ReadProxyHeaderAsync(this, proxy).ConfigureAwait(false) is { } unfit)
        {
            if (_entry is not null) _flight?.Describe(this, _entry);
            return unfit;
        }
        if (_entry is not null && _flight?.ProxiedClient is { } client) _entry.Proxied(client);

        var barred = _admit(this);
        if (barred != ConnectionEnd.ClientLimit) return barred;
        // That it is told in its own protocol, which is not known yet.
        _refused = barred;
        return null;
    }

    private FirstFlight RentFlight() => _flight ??= _parts.FirstFlights.Rent();

    /// <summary>Finds the route of what was peeked, or why the connection is refused.</summary>
    private ConnectionEnd? Route(PeekAnswer answer, out RouteMatch match)
    {
        match = default;
        _stage = Stage.Dialling;
        if (_entry is not null) _flight?.Describe(this, _entry);
        if (RefusalReason.Of(answer, Rules.Protocols) is { } unfit) return unfit;
        if (_refused is not null) return _refused;

        if (RouteChoice.Find(this, Rules.Peek ? _flight : null, answer, _entry, out match, out _named) is { } lost) return lost;
        if (!Rules.RouteLimits.TryEnter(match.Route)) return ConnectionEnd.RouteLimit;
        _route = match.Route;
        return null;
    }

    /// <summary>Ends the client's TLS here if its route says so: null, or why the connection is refused.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<ConnectionEnd?> TerminateAsync(RouteMatch match)
    {
        if (match.Route is null || _flight is not { Result.Protocol: Protocols.Tls } hello) return null;
        if (Rules.Terminations[match.Route.Index] is not { } tls) return null;

        var (secured, failure, reason) = await TlsSocket.AcceptAsync(
            _client, _parts.Transport, _parts.Handshakes, RouteChoice.OptionsOf(tls, hello, _client.Input), PeekTimeLeft).ConfigureAwait(false);
        if (reason is not null) _entry?.Reason = Printable.Text(reason, isSentence: true);
        if (secured is null) return RefusalReason.Of(failure);
        _client = secured;
        _entry?.Subject = Printable.Text(secured.RemoteCertificate?.Subject);
        // From here on an answer is for who is inside.
        _request = _parts.FirstFlights.Rent();
        if (!tls.HostMustMatch) return null;

        _stage = Stage.Peeking;
        var answer = await _request.PeekInsideAsync(this).ConfigureAwait(false);
        _stage = Stage.Dialling;
        return RefusalReason.Of(answer, FirstFlight.Inside) ?? RouteChoice.Verify(this, hello, _request, match.Route);
    }

    private ValueTask<DialResult> DialAsync(RouteMatch match)
    {
        var backend = Rules.Backends[match.Backend];
        _entry?.Route = match.Route is null ? "default" : match.Pattern;
        _entry?.Backend = backend.Name;
        _entry?.DialStarted = Time.GetElapsedTime(_accepted);
        Open(backend);
        return _parts.Dialer.DialAsync(new DialRequest(
            backend, _named, Rules.ConnectTimeout, backend.AsksForClient ? ClientAddress : null, _flight is null ? null : _client.Input, _opening));
    }

    /// <summary>Prepares what the server is sent before the client's bytes.</summary>
    private void Open(Backend backend)
    {
        var asksForTls = _flight is { BeganAsPostgres: true } && _request is null;
        if (backend.Rules.SendProxy == ProxyVersion.Off && !asksForTls) return;

        _opening = _parts.Openings.Rent();
        if (backend.Rules.SendProxy != ProxyVersion.Off)
        {
            var name = _flight is null ? default : _flight.Result.Name;
            var tls = _client as TlsSocket;
            var alpn = tls is not null ? tls.ApplicationProtocol.Protocol.Span
                : _flight is { Result.Alpn: [var length, .. var names] } ? names[..length]
                : default;
            _opening.BeginWithProxyHeader(
                backend.Rules.SendProxy, ClientAddress, _flight?.ProxiedLocal ?? _client.LocalEndPoint, name, alpn, tls is null ? default : ProxySsl.Of(tls));
        }
        if (asksForTls) _opening.AskForTls();
    }

    /// <summary>Takes the server that was dialled, or tells why the connection is refused.</summary>
    private ConnectionEnd? Take(DialResult dial)
    {
        _dial = dial;
        ReturnOpening();
        _entry?.Dialled(dial.Socket?.RemoteEndPoint, Time.GetElapsedTime(_accepted));
        return dial.Socket is null ? RefusalReason.Of(dial.End) : null;
    }

    private void StartSplice()
    {
        ReturnFlight();
        _stage = Stage.Splicing;
        _splice.Start(_client, _dial.Socket!, Rules.SpliceLimits, _dial.Sent);
        if (_cut) _splice.Cut(ConnectionEnd.Drained);
    }

    private void SpliceEnded(ConnectionEnd end)
    {
        End = end;
        _entry?.Count(_splice.BytesUp, _splice.BytesDown);
        Close();
    }

    private ValueTask<bool> RefuseAsync(ReadOnlyMemory<byte> answer)
    {
        _stage = Stage.Refusing;
        // The first thing that is done with its bytes is to drop them.
        ReturnFlight();
        SetTimer(Refusal.Grace);
        _refusal ??= new Refusal();
        return _refusal.SendAsync(_client, answer);
    }

    private void Close()
    {
        _stage = Stage.Closed;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        ReturnFlight();
        ReturnOpening();
        _client.Dispose();
        _dial.Dispose();
        Rules.RouteLimits.Leave(_route);
        (_route, _named) = (null, null);
        if (_cut && End != ConnectionEnd.Completed) End = ConnectionEnd.Drained;
        _entry?.Finish(End, Time.GetElapsedTime(_accepted));
        _ended(this);
    }

    /// <summary>Sets when the stage that it is in has taken long enough.</summary>
    public void SetTimer(TimeSpan due)
    {
        if (due < TimeSpan.Zero) due = TimeSpan.Zero;
        _deadline = Time.GetTimestamp() + (long)(due.TotalSeconds * Time.TimestampFrequency);
        _timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    private void TimeUp()
    {
        var early = _deadline - Time.GetTimestamp();
        switch (_stage)
        {
            case Stage.Splicing:
                _splice.Watch();
                break;
            // Set for a stage that is over, or rounded down.
            case Stage.Peeking or Stage.Refusing when early > 0:
                _timer.Change(TimeSpan.FromSeconds((double)early / Time.TimestampFrequency), Timeout.InfiniteTimeSpan);
                break;
            case Stage.Peeking:
                _client.Input.CancelPendingRead();
                break;
            case Stage.Refusing:
                _refusal?.EndGrace();
                break;
        }
    }

    private void ReturnFlight()
    {
        Return(ref _flight);
        Return(ref _request);
    }

    private void Return(ref FirstFlight? flight)
    {
        flight?.End();
        if (flight is not null) _parts.FirstFlights.Return(flight);
        flight = null;
    }

    private void ReturnOpening()
    {
        _opening?.Clear();
        if (_opening is not null) _parts.Openings.Return(_opening);
        _opening = null;
    }
}
