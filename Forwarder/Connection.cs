using System.IO.Pipelines;
using System.Net;
using SniForward.Peeking;
using SniForward.Routing;
using SniForward.Selecting;
using SniForward.Splicing;
using SniForward.Telemetry;
using SniForward.Transport;

namespace SniForward;

/// <summary>
/// The path of one connection: peek, route, dial, splice, or else refuse; then close and log.
/// </summary>
/// <param name="id">Unique in the process, for the log.</param>
/// <param name="client">The accepted socket; closed at the end.</param>
/// <param name="rules">Those of the listener that accepted it.</param>
/// <param name="transport">The engine that accepted it.</param>
internal sealed class Connection(long id, ISocket client, ConnectionRules rules, ITransport transport)
{
    private readonly AccessEntry _entry = new() { Listener = rules.Listener, Client = client.RemoteEndPoint };
    private readonly Peek _peek = new();
    private volatile Splice? _splice;
    private volatile bool _cut;

    /// <summary>Runs the connection to its end. Never throws.</summary>
    /// <param name="refused">Why it is refused whatever it asks for; null if it is not.</param>
    public async Task RunAsync(ConnectionEnd? refused)
    {
        var accepted = transport.Time.GetTimestamp();
        try
        {
            var end = await ForwardAsync(refused).ConfigureAwait(false);
            _entry.End = _cut && end != ConnectionEnd.Completed ? ConnectionEnd.Drained : end;
        }
#pragma warning disable CA1031 // A fault in one connection must not end the others.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Log.ConnectionFailed(rules.Logger, fault, rules.Listener, id);
        }
        finally
        {
            client.Dispose();
            _entry.Duration = transport.Time.GetElapsedTime(accepted);
        }
    }

    /// <summary>Writes the access line of a connection that has ended.</summary>
    public void WriteAccessLine() => rules.AccessLog.Write(id, _entry);

    /// <summary>Resets the connection, wherever it is on its path. May be called from anywhere.</summary>
    public void Cut()
    {
        _cut = true;
        if (_splice is { } splice) splice.Cut(ConnectionEnd.Drained);
        else client.Abort();
    }

    private async ValueTask<ConnectionEnd> ForwardAsync(ConnectionEnd? refused)
    {
        if (refused is ConnectionEnd.ClientDenied or ConnectionEnd.ProcessLimit) return refused.Value;

        var answer = rules.Peek ? await PeekAsync().ConfigureAwait(false) : PeekAnswer.NoName;
        if (EndOf(answer) is { } unfit) return await RefuseAsync(unfit).ConfigureAwait(false);
        if (refused is { } reason) return await RefuseAsync(reason).ConfigureAwait(false);

        var match = rules.Routes.Default(rules.ListenerIndex);
        var name = answer == PeekAnswer.Found ? Route(ref match) : HostNameKind.None;
        if (name == HostNameKind.Malformed) return await RefuseAsync(ConnectionEnd.Malformed).ConfigureAwait(false);
        if (match.Kind == MatchKind.None)
            return await RefuseAsync(name == HostNameKind.None ? ConnectionEnd.NoName : ConnectionEnd.NoRoute).ConfigureAwait(false);

        using var dial = await DialAsync(match).ConfigureAwait(false);
        if (dial.Socket is null) return await RefuseAsync(EndOf(dial.End)).ConfigureAwait(false);
        return await SpliceAsync(dial.Socket).ConfigureAwait(false);
    }

    private async ValueTask<PeekAnswer> PeekAsync()
    {
        var input = client.Input;
        using var deadline = transport.Time.CreateTimer(
            static input => ((PipeReader)input!).CancelPendingRead(), input, rules.PeekTimeout, Timeout.InfiniteTimeSpan);
        var answer = await _peek.RunAsync(input, rules.Protocols, rules.PeekBytes).ConfigureAwait(false);
        Note();
        return answer;
    }

    /// <summary>Finds the route of the name that was peeked; what carries no usable name keeps the match it has.</summary>
    private HostNameKind Route(ref RouteMatch match)
    {
        ref readonly var hello = ref _peek.Result;
        Span<char> name = stackalloc char[HostName.MaxLength];
        var source = hello.Protocol == Protocols.Tls ? HostNameSource.Sni : HostNameSource.Host;
        var kind = HostName.Normalize(hello.Name, source, name, out var length);
        if (kind == HostNameKind.Malformed) _entry.Reason = "the name is no host name";
        if (kind is HostNameKind.Malformed or HostNameKind.None) return kind;

        if (rules.AccessLog.Enabled) _entry.Name = new string(name[..length]);
        match = rules.Routes.Match(new RouteQuery
        {
            Name = name[..length],
            IsAddress = kind == HostNameKind.Address,
            Alpn = hello.Alpn,
            Listener = rules.ListenerIndex,
            Client = (client.RemoteEndPoint as IPEndPoint)?.Address,
        });
        return kind;
    }

    private async ValueTask<DialResult> DialAsync(RouteMatch match)
    {
        var backend = rules.Backends[match.Backend];
        _entry.Route = match.Route is null ? "default" : match.Pattern;
        _entry.Backend = backend.Name;
        var started = transport.Time.GetTimestamp();
        var dial = await rules.Dialer.DialAsync(backend).ConfigureAwait(false);
        _entry.ConnectTime = transport.Time.GetElapsedTime(started);
        _entry.Server = dial.Socket?.RemoteEndPoint;
        return dial;
    }

    private async ValueTask<ConnectionEnd> SpliceAsync(ISocket server)
    {
        var splice = new Splice(client, server, transport.Time, rules.SpliceTimeouts);
        _splice = splice;
        if (_cut) splice.Cut(ConnectionEnd.Drained);
        var end = await splice.RunAsync().ConfigureAwait(false);
        _entry.BytesUp = splice.Up.Bytes;
        _entry.BytesDown = splice.Down.Bytes;
        return end;
    }

    private async ValueTask<ConnectionEnd> RefuseAsync(ConnectionEnd end)
    {
        var answer = _peek.Result.Protocol switch
        {
            Protocols.Tls => RefusalAnswer.ToTls(end),
            Protocols.Http => RefusalAnswer.ToHttp(end),
            _ => default,
        };
        if (!answer.IsEmpty) await new Refusal(client, transport.Time).SendAsync(answer).ConfigureAwait(false);
        return end;
    }

    /// <summary>Notes what was peeked for the access log.</summary>
    private void Note()
    {
        if (!rules.AccessLog.Enabled) return;
        ref readonly var hello = ref _peek.Result;
        _entry.Protocol = hello.Protocol switch { Protocols.Tls => "tls", Protocols.Http => "http", _ => "-" };
        _entry.Name = Printable.Bytes(hello.Name);
        _entry.Alpn = Printable.Alpn(hello.Alpn);
        _entry.EncryptedClientHello = hello.EncryptedClientHello;
        _entry.Reason = hello.Reason ?? "-";
    }

    /// <summary>The end that a peek's answer means; null if the connection goes on.</summary>
    private ConnectionEnd? EndOf(PeekAnswer answer) => answer switch
    {
        PeekAnswer.Found or PeekAnswer.NoName => null,
        PeekAnswer.NotMine when rules.Protocols.HasFlag(Protocols.Any) => null,
        PeekAnswer.NotMine => ConnectionEnd.NotRecognised,
        PeekAnswer.Malformed => ConnectionEnd.Malformed,
        PeekAnswer.TooLarge => ConnectionEnd.TooLarge,
        PeekAnswer.NotAccepted => ConnectionEnd.ProtocolNotAccepted,
        PeekAnswer.Ended => ConnectionEnd.ClientEndedEarly,
        PeekAnswer.Reset => ConnectionEnd.ClientResetEarly,
        PeekAnswer.TimedOut => ConnectionEnd.PeekTimeout,
        _ => throw new InvalidOperationException($"A peek does not end in {answer}."),
    };

    private static ConnectionEnd EndOf(DialEnd end) => end switch
    {
        DialEnd.Full => ConnectionEnd.BackendFull,
        DialEnd.TimedOut => ConnectionEnd.BackendTimeout,
        _ => ConnectionEnd.BackendUnreachable,
    };
}
