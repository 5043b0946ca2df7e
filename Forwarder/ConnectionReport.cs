using System.Net;
using SniForward.Routing;
using SniForward.Selecting;
using SniForward.Telemetry;
using SniForward.Telemetry.Access;
using SniForward.Telemetry.Metrics;
using SniForward.Transport.Tls;

namespace SniForward;

/// <summary>
/// What is told of one connection, stage by stage. What nobody asks for is not gathered. A field that is not read-only: it
/// keeps what it gathers into.
/// </summary>
/// <param name="tally">What the engine counts.</param>
/// <param name="lane">Where the engine's access lines go.</param>
internal struct ConnectionReport(EngineTally tally, AccessLane lane)
{
    /// <summary>The access log's; null if there is none.</summary>
    public AccessEntry? Entry { get; private set; }

    public void Accepted(Connection connection)
    {
        tally.Listener(connection.Rules.Listener).CountAccepted();
        Entry = lane.Enabled ? Entry ?? new AccessEntry() : null;
        Entry?.Begin(connection.Rules.Listener, connection.Client.RemoteEndPoint);
    }

    /// <summary>The client is who its PROXY header says.</summary>
    public readonly void Proxied(EndPoint? client)
    {
        if (client is not null) Entry?.Proxied(client);
    }

    public readonly void Peeked(Connection connection, FirstFlight? flight)
    {
        if (flight is null) return;
        tally.Timings.Peeked(connection.Rules.Listener, connection.Age);
        if (Entry is not null) flight.Describe(connection, Entry);
    }

    /// <summary>What was peeked is whole.</summary>
    public readonly void Understood(Connection connection, FirstFlight? flight)
    {
        if (flight is { HelloLength: > 0 and var length }) tally.Timings.Greeted(connection.Rules.Listener, length);
    }

    /// <summary>A handshake with the client ended, after <paramref name="time"/>.</summary>
    public readonly void Secured(in TlsResult tls, TimeSpan time)
    {
        tally.CountHandshake("client", Outcome.Of(tls.Failure), time);
        if (Entry is null) return;
        if (tls.Reason is not null) Entry.Reason = Printable.Text(tls.Reason, isSentence: true);
        if (tls.Socket is not null) Entry.Subject = Printable.Text(tls.Socket.RemoteCertificate?.Subject);
    }

    public readonly void Dialling(Connection connection, in RouteMatch match, Backend backend)
    {
        if (Entry is null) return;
        Entry.Route = match.Route is null ? "default" : match.Pattern;
        Entry.Backend = backend.Name;
        Entry.DialStarted = connection.Age;
    }

    /// <summary>Dialling ended, after <paramref name="time"/>.</summary>
    public readonly void Dialled(Connection connection, Backend backend, in DialResult dial, TimeSpan time)
    {
        if (dial.Socket is not null) tally.Timings.Connected(backend.Name, time);
        Entry?.Dialled(dial.Socket?.RemoteEndPoint, connection.Age);
    }

    /// <summary>It is forwarded from now on. Where its bytes are counted.</summary>
    public readonly FlowTally Forwarded(Connection connection, in RouteMatch match, Server server)
    {
        var rules = connection.Rules;
        var flow = tally.Flow(new FlowKey(rules.Listener, match.Route?.Name ?? "default", rules.Backends[match.Backend].Name, server.Label));
        flow.CountBegun();
        return flow;
    }

    public readonly void Moved(long up, long down) => Entry?.Count(up, down);

    /// <param name="connection">The one that has ended.</param>
    /// <param name="flow">Where it was counted as one that is forwarded; null if it was not.</param>
    public readonly void Closed(Connection connection, FlowTally? flow)
    {
        tally.Listener(connection.Rules.Listener).CountEnded(connection.End, flow is not null);
        flow?.CountEnded();
        if (flow is not null) tally.Timings.Ended(connection.Rules.Listener, connection.Age);
        Entry?.Finish(connection.End, connection.Age);
    }

    /// <summary>Writes the access line.</summary>
    public readonly void Write(Connection connection)
    {
        if (Entry is not null) lane.Write(connection.Id, Entry);
    }
}
