using System.Buffers;
using System.Net;
using System.Security.Authentication;
using SniForward.Exchanging;
using SniForward.Framing;
using SniForward.Routing;
using SniForward.Selecting;
using SniForward.Telemetry;
using SniForward.Telemetry.Metrics;
using SniForward.Transport;
using SniForward.Transport.Tls;

namespace SniForward;

/// <summary>
/// What is told of one connection, stage by stage. What nobody asks for is not gathered. A field that is not read-only: it
/// keeps what it gathers into.
/// </summary>
/// <param name="parts">Those of the engine: what it counts, where its access lines go, and which refusals it remembers.</param>
internal struct ConnectionReport(ConnectionParts parts)
{
    private ListenerTally? _listener;
    private ITimer? _progress;

    /// <summary>What the access log and whoever watches are told; null if nobody asks.</summary>
    public AccessEntry? Entry { get; private set; }

    public void Accepted(Connection connection)
    {
        _listener = parts.Tally.Listener(connection.Rules.Listener);
        _listener.CountAccepted();
        Entry = parts.IsWatched || parts.AccessLane.Enabled ? Entry ?? new AccessEntry() : null;
        if (Entry is null) return;
        Span<byte> text = stackalloc byte[AddressText.MostBytes];
        Entry.Begin(connection.Rules.Listener, text[..WriteAddress(connection.Client, text)]);
    }

    /// <summary>The client is who its PROXY header says.</summary>
    public readonly void Proxied(EndPoint? client)
    {
        if (client is not null) Entry?.Proxied(client);
    }

    public readonly void Peeked(Connection connection, FirstFlight? flight)
    {
        if (flight is null) return;
        parts.Tally.Timings.Peeked(connection.Rules.Listener, connection.Age);
        if (Entry is null) return;
        flight.Describe(connection, Entry);
        Entry.PeekTime = connection.Age;
    }

    /// <summary>What was peeked is whole.</summary>
    public readonly void Understood(Connection connection, FirstFlight? flight)
    {
        if (flight is { HelloLength: > 0 and var length }) parts.Tally.Timings.Greeted(connection.Rules.Listener, length);
    }

    /// <summary>A handshake with the client ended, after <paramref name="time"/>.</summary>
    public readonly void Secured(in TlsResult tls, TimeSpan time)
    {
        parts.Tally.CountHandshake("client", Outcome.Of(tls.Failure), time);
        if (Entry is null) return;
        if (tls.Reason is not null) Entry.Reason = Printable.Text(tls.Reason, isSentence: true);
        if (tls.Socket is null) return;
        Entry.Tls = tls.Socket.Protocol is SslProtocols.Tls13 ? "TLSv1.3" : "TLSv1.2";
        Entry.SetSubject(tls.Socket.RemoteCertificate?.Subject);
    }

    public readonly void Dialling(Connection connection, in RouteMatch match, Backend backend)
    {
        if (Entry is null) return;
        Entry.Route = match.Route is null ? Route.Default : match.Pattern;
        Entry.Backend = backend.Name;
        Entry.DialStarted = connection.Age;
    }

    /// <summary>Dialling ended, after <paramref name="time"/>.</summary>
    public readonly void Dialled(Connection connection, Backend backend, in DialResult dial, TimeSpan time)
    {
        if (dial.Socket is not null) parts.Tally.Timings.Connected(backend.Name, time);
        Entry?.Dialled(dial.Socket?.RemoteEndPoint, connection.Age);
    }

    /// <summary>A request goes to a server that was reached for an earlier one.</summary>
    public readonly void Kept(Connection connection, ISocket server) => Entry?.Dialled(server.RemoteEndPoint, connection.Age);

    /// <summary>It is forwarded from now on. Where its bytes are counted.</summary>
    public FlowTally Forwarded(Connection connection, in RouteMatch match, Server server)
    {
        var rules = connection.Rules;
        var flow = parts.Tally.Flow(new FlowKey(rules.Listener, match.Route?.Name ?? Route.Default, rules.Backends[match.Backend].Name, server.Label));
        flow.CountBegun();
        if (Entry is not null) AwaitProgress(connection, parts.AccessLane.Interval);
        return flow;
    }

    public readonly void Moved(long up, long down) => Entry?.Count(up, down);

    /// <summary>Writes the line of a connection that is still open, and comes back for the next.</summary>
    public void Progressed(Connection connection, long up, long down)
    {
        var interval = parts.AccessLane.Interval;
        if (Entry is null || interval == TimeSpan.Zero) return;
        // The system's timers may be a little early, and this may have been meant for the connection before.
        if (interval - connection.Age is var early && early > TimeSpan.Zero)
        {
            AwaitProgress(connection, early);
            return;
        }
        Entry.Count(up, down);
        Entry.Last(connection.Age);
        Write(connection);
        AwaitProgress(connection, interval);
    }

    /// <summary>Another request of the same client began.</summary>
    public readonly void Began() => Entry?.BeginNext();

    /// <summary>What the request asks for.</summary>
    public readonly void Asked(in ReadOnlySequence<byte> received, in RequestHead head)
    {
        if (Entry is null) return;
        var target = head.Target.Of(received);
        if (!parts.AccessLane.LogsQueries && target.PositionOf((byte)'?') is { } query) target = target.Slice(0, query);
        Entry.SetRequest(head.MethodName.Of(received), target);
    }

    /// <summary>What is wrong with a request or its answer; null: nothing that has a name.</summary>
    public readonly void Unfit(string? reason)
    {
        if (reason is not null) Entry?.Reason = reason;
    }

    /// <summary>A request was answered, wholly.</summary>
    public readonly void Answered(Connection connection, Exchange exchange, FlowTally flow)
    {
        var wait = Waited(connection, exchange);
        flow.CountAnswer(exchange.Status);
        parts.Tally.Timings.Answered(connection.Rules.Listener, wait);
        if (Entry is null) return;
        Describe(exchange, exchange.Status, wait);
        Entry.Finish(ConnectionEnd.Completed, connection.Age);
        Write(connection);
        Entry.IsWritten = true;
    }

    /// <summary>A request was answered by a tunnel, which may last.</summary>
    public void Tunnelled(Connection connection, Exchange exchange, FlowTally flow)
    {
        var wait = Waited(connection, exchange);
        flow.CountAnswer(exchange.Status);
        parts.Tally.Timings.Answered(connection.Rules.Listener, wait);
        if (Entry is null) return;
        Entry.Answered(exchange.Status, wait);
        AwaitProgress(connection, parts.AccessLane.Interval);
    }

    /// <summary>A request was not answered, or not wholly; the client was told <paramref name="status"/>, if not 0.</summary>
    public readonly void Failed(Connection connection, Exchange exchange, int status) =>
        Describe(exchange, status, exchange.AnsweredAt > 0 ? Waited(connection, exchange) : TimeSpan.Zero);

    /// <param name="connection">The one that has ended.</param>
    /// <param name="wasForwarded">Whether a server got it, or a request of it.</param>
    public readonly void Closed(Connection connection, bool wasForwarded)
    {
        _listener!.CountEnded(connection.End, wasForwarded);
        if (wasForwarded) parts.Tally.Timings.Ended(connection.Rules.Listener, connection.Lifetime);
        _progress?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (Entry is null) return;
        if (!Entry.IsWritten) Entry.Finish(connection.End, connection.Age);
        if (!wasForwarded && connection.End.IsRefusal()) Remember(connection, Entry);
    }

    /// <summary>What is known of a connection that is open.</summary>
    /// <param name="connection">Which.</param>
    /// <param name="stage">Where it is on its path.</param>
    /// <param name="up">What has moved from the client.</param>
    /// <param name="down">What has moved to it.</param>
    public readonly ConnectionSnapshot Snapshot(Connection connection, ConnectionStage stage, long up, long down)
    {
        var (id, age) = (connection.Id, connection.Age);
        return Entry is { } entry
            ? new ConnectionSnapshot(
                id, entry.Listener, Printable.Bytes(entry.Client), entry.Protocol, Printable.Bytes(entry.Name), entry.Route, entry.Backend, entry.Server, stage, up, down, age)
            : new ConnectionSnapshot(id, "-", "-", "-", "-", "-", "-", Server: null, stage, up, down, age);
    }

    /// <summary>Writes the access line.</summary>
    public readonly void Write(Connection connection)
    {
        if (Entry is { IsWritten: false }) parts.AccessLane.Write(connection.Id, Entry);
    }

    private static TimeSpan Waited(Connection connection, Exchange exchange) => connection.Age - exchange.SinceAnswer;

    private readonly void Describe(Exchange exchange, int status, TimeSpan wait)
    {
        Entry?.Answered(status, wait);
        Entry?.Count(exchange.BytesUp, exchange.BytesDown);
    }

    private void AwaitProgress(Connection connection, TimeSpan due)
    {
        if (due == TimeSpan.Zero) return;
        _progress ??= parts.Transport.Time.CreateTimer(
            static connection => ((Connection)connection!).LogProgress(), connection, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _progress.Change(due, Timeout.InfiniteTimeSpan);
    }

    private static int WriteAddress(ISocket client, Span<byte> text)
    {
        Span<byte> address = stackalloc byte[16];
        var length = client.CopyRemoteAddress(address, out var port);
        return length > 0 ? AddressText.Write(address[..length], port, text) : AddressText.Write(client.RemoteEndPoint, text);
    }

    private readonly void Remember(Connection connection, AccessEntry entry) => parts.Refusals.Add(new Refused(
        connection.Id, DateTimeOffset.UtcNow, entry.Listener, Printable.Bytes(entry.Client), Printable.Bytes(entry.Name), entry.End, entry.Reason));
}
