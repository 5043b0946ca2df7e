using System.Net;
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
    private enum Stage
    {
        Peeking,
        Dialling,
        Splicing,
        Refusing,
        Closed,
    }

    private readonly ConnectionParts _parts;
    private readonly Action<Connection> _ended;
    private readonly ITimer _timer;
    private readonly Splice _splice;
    private Refusal? _refusal;
    private Peek? _peek;
    private ISocket _client = null!;
    private DialResult _dial;
    private AccessEntry? _entry;
    private ConnectionEnd? _refused;
    private long _accepted;
    private long _deadline;
    private volatile Stage _stage = Stage.Closed;
    private volatile bool _cut;

    /// <param name="parts">Those of the engine whose connections it serves.</param>
    /// <param name="ended">Told of each connection's end, when everything but the object itself is given back.</param>
    public Connection(ConnectionParts parts, Action<Connection> ended)
    {
        (_parts, _ended) = (parts, ended);
        _timer = Time.CreateTimer(
            static connection => ((Connection)connection!).TimeUp(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _splice = new Splice(Time, _timer, static (connection, end) => ((Connection)connection).SpliceEnded(end), this);
    }

    /// <summary>Unique in the process, for the log.</summary>
    public long Id { get; private set; }

    /// <summary>What holds for it: the rules of the listener that accepted it.</summary>
    public ConnectionRules Rules { get; private set; } = null!;

    /// <summary>The client's address if anybody asked for it before the end.</summary>
    public IPAddress? CountedAddress { get; private set; }

    /// <summary>Why it ended, once it has.</summary>
    public ConnectionEnd End { get; private set; }

    private TimeProvider Time => _parts.Transport.Time;

    /// <summary>Serves <paramref name="client"/> to its end and closes it. Never throws.</summary>
    /// <param name="id">Unique in the process.</param>
    /// <param name="client">Just accepted.</param>
    /// <param name="rules">Those of the listener that accepted it.</param>
    /// <param name="refused">Why it is refused whatever it asks for; null if it is not.</param>
    /// <param name="countedAddress">The address that its client is counted by, if it is.</param>
    public void Serve(long id, ISocket client, ConnectionRules rules, ConnectionEnd? refused, IPAddress? countedAddress)
    {
        (Id, _client, Rules, _refused, CountedAddress) = (id, client, rules, refused, countedAddress);
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
            if (_refused is ConnectionEnd.ClientDenied or ConnectionEnd.ProcessLimit)
            {
                End = _refused.Value;
            }
            else
            {
                var answer = Rules.Peek ? await PeekAsync().ConfigureAwait(false) : PeekAnswer.NoName;
                var refusal = Route(answer, out var match) ?? Take(await DialAsync(match).ConfigureAwait(false));
                if (refusal is null)
                {
                    StartSplice();
                    return;
                }
                End = refusal.Value;
                if (StartRefusal() is { IsEmpty: false } told) await RefuseAsync(told).ConfigureAwait(false);
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

    private ValueTask<PeekAnswer> PeekAsync()
    {
        _peek = _parts.Peeks.Rent();
        SetTimer(Rules.PeekTimeout);
        return _peek.RunAsync(_client.Input, Rules.Protocols, Rules.PeekBytes);
    }

    /// <summary>Finds the route of what was peeked, or why the connection is refused.</summary>
    private ConnectionEnd? Route(PeekAnswer answer, out RouteMatch match)
    {
        match = default;
        _stage = Stage.Dialling;
        Note();
        if (RefusalReason.Of(answer, Rules.Protocols) is { } unfit) return unfit;
        if (_refused is not null) return _refused;

        match = Rules.Routes.Default(Rules.ListenerIndex);
        var name = answer == PeekAnswer.Found ? RouteByName(ref match) : HostNameKind.None;
        if (name == HostNameKind.Malformed) return ConnectionEnd.Malformed;
        if (match.Kind != MatchKind.None) return null;
        return name == HostNameKind.None ? ConnectionEnd.NoName : ConnectionEnd.NoRoute;
    }

    /// <summary>Finds the route of the name that was peeked; what carries no usable name keeps the match it has.</summary>
    private HostNameKind RouteByName(ref RouteMatch match)
    {
        ref readonly var hello = ref _peek!.Result;
        Span<char> name = stackalloc char[HostName.MaxLength];
        var source = hello.Protocol == Protocols.Tls ? HostNameSource.Sni : HostNameSource.Host;
        var kind = HostName.Normalize(hello.Name, source, name, out var length);
        if (kind == HostNameKind.Malformed) _entry?.Reason = "the name is no host name";
        if (kind is HostNameKind.Malformed or HostNameKind.None) return kind;

        _entry?.Name = new string(name[..length]);
        match = Rules.Routes.Match(new RouteQuery
        {
            Name = name[..length],
            IsAddress = kind == HostNameKind.Address,
            Alpn = hello.Alpn,
            Listener = Rules.ListenerIndex,
            Client = Rules.Routes.AsksForClient ? (_client.RemoteEndPoint as IPEndPoint)?.Address : null,
        });
        return kind;
    }

    private ValueTask<DialResult> DialAsync(RouteMatch match)
    {
        var backend = Rules.Backends[match.Backend];
        _entry?.Route = match.Route is null ? "default" : match.Pattern;
        _entry?.Backend = backend.Name;
        _entry?.DialStarted = Time.GetElapsedTime(_accepted);
        return Rules.Dialer.DialAsync(_parts.Transport, backend, _peek is null ? null : _client.Input);
    }

    /// <summary>Takes the server that was dialled, or tells why the connection is refused.</summary>
    private ConnectionEnd? Take(DialResult dial)
    {
        _dial = dial;
        _entry?.Dialled(dial.Socket?.RemoteEndPoint, Time.GetElapsedTime(_accepted));
        return dial.Socket is null ? RefusalReason.Of(dial.End) : null;
    }

    private void StartSplice()
    {
        ReturnPeek();
        _stage = Stage.Splicing;
        _splice.Start(_client, _dial.Socket!, Rules.SpliceTimeouts, _dial.Sent);
        if (_cut) _splice.Cut(ConnectionEnd.Drained);
    }

    private void SpliceEnded(ConnectionEnd end)
    {
        End = end;
        _entry?.Count(_splice.BytesUp, _splice.BytesDown);
        Close();
    }

    /// <summary>What the client is told, in its own protocol; empty if nothing.</summary>
    private ReadOnlyMemory<byte> StartRefusal()
    {
        _stage = Stage.Refusing;
        return _peek?.Result.Protocol switch
        {
            Protocols.Tls => RefusalAnswer.ToTls(End),
            Protocols.Http => RefusalAnswer.ToHttp(End),
            _ => default,
        };
    }

    private ValueTask<bool> RefuseAsync(ReadOnlyMemory<byte> answer)
    {
        SetTimer(Refusal.Grace);
        _refusal ??= new Refusal();
        return _refusal.SendAsync(_client, answer);
    }

    private void Close()
    {
        _stage = Stage.Closed;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        ReturnPeek();
        _client.Dispose();
        _dial.Dispose();
        if (_cut && End != ConnectionEnd.Completed) End = ConnectionEnd.Drained;
        _entry?.Finish(End, Time.GetElapsedTime(_accepted));
        _ended(this);
    }

    private void SetTimer(TimeSpan due)
    {
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

    private void ReturnPeek()
    {
        if (_peek is not null) _parts.Peeks.Return(_peek);
        _peek = null;
    }

    /// <summary>Notes what was peeked for the access log.</summary>
    private void Note()
    {
        if (_entry is null || _peek is null) return;
        ref readonly var hello = ref _peek.Result;
        _entry.Protocol = hello.Protocol switch { Protocols.Tls => "tls", Protocols.Http => "http", _ => "-" };
        _entry.Name = Printable.Bytes(hello.Name);
        _entry.Alpn = Printable.Alpn(hello.Alpn);
        _entry.EncryptedClientHello = hello.EncryptedClientHello;
        _entry.Reason = hello.Reason ?? "-";
    }
}
