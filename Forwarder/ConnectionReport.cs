using System.Net;
using SniForward.Routing;
using SniForward.Selecting;
using SniForward.Telemetry;
using SniForward.Transport.Tls;

namespace SniForward;

/// <summary>
/// What is told of one connection, stage by stage. What nobody asks for is not gathered. A field that is not read-only: it
/// keeps what it gathers into.
/// </summary>
internal struct ConnectionReport
{
    /// <summary>The access log's; null if there is none.</summary>
    public AccessEntry? Entry { get; private set; }

    public void Accepted(Connection connection)
    {
        var rules = connection.Rules;
        Entry = rules.AccessLog.Enabled ? Entry ?? new AccessEntry() : null;
        Entry?.Begin(rules.Listener, connection.Client.RemoteEndPoint);
    }

    /// <summary>The client is who its PROXY header says.</summary>
    public readonly void Proxied(EndPoint? client)
    {
        if (client is not null) Entry?.Proxied(client);
    }

    public readonly void Peeked(Connection connection, FirstFlight? flight)
    {
        if (Entry is not null) flight?.Describe(connection, Entry);
    }

    public readonly void Secured(in TlsResult tls)
    {
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

    public readonly void Dialled(Connection connection, in DialResult dial) =>
        Entry?.Dialled(dial.Socket?.RemoteEndPoint, connection.Age);

    public readonly void Moved(long up, long down) => Entry?.Count(up, down);

    public readonly void Closed(Connection connection) => Entry?.Finish(connection.End, connection.Age);

    /// <summary>Writes the access line.</summary>
    public readonly void Write(Connection connection)
    {
        if (Entry is not null) connection.Rules.AccessLog.Write(connection.Id, Entry);
    }
}
