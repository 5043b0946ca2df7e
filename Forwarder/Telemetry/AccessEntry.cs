using System.Net;

namespace SniForward.Telemetry;

/// <summary>What the access log tells of one connection, gathered along its path; and when that has ended, of the next.</summary>
internal sealed class AccessEntry
{
    /// <summary>The listener's name.</summary>
    public string Listener { get; private set; } = "-";

    /// <summary>The client's address, by its PROXY header if there was one.</summary>
    public EndPoint? Client { get; private set; }

    /// <summary>The address of the proxy that wrote that header; null if there was none.</summary>
    public EndPoint? Proxy { get; private set; }

    /// <summary>"tls", "http", "h2c", "ssh", "postgres", or "-" while it is not known.</summary>
    public string Protocol { get; set; } = "-";

    /// <summary>The name that was asked for, fit to print; "-" if none.</summary>
    public string Name { get; set; } = "-";

    /// <summary>Whether the name is the outer one of an encrypted ClientHello.</summary>
    public bool EncryptedClientHello { get; set; }

    /// <summary>The ALPN names offered, with commas between; "-" if none.</summary>
    public string Alpn { get; set; } = "-";

    /// <summary>The JA4 fingerprint of a TLS client; "-" if it is not asked for.</summary>
    public string Ja4 { get; set; } = "-";

    /// <summary>The subject of the certificate that the client showed; "-" if it showed none, or its TLS does not end here.</summary>
    public string Subject { get; set; } = "-";

    /// <summary>The pattern of the route that matched, "default", or "-".</summary>
    public string Route { get; set; } = "-";

    /// <summary>The backend's name; "-" if none was chosen.</summary>
    public string Backend { get; set; } = "-";

    /// <summary>When dialling began, from the accept on.</summary>
    public TimeSpan DialStarted { get; set; }

    /// <summary>The address that was dialled; null if none answered.</summary>
    public EndPoint? Server { get; private set; }

    /// <summary>How long reaching the server took.</summary>
    public TimeSpan ConnectTime { get; private set; }

    /// <summary>Bytes from the client that the server took.</summary>
    public long BytesUp { get; private set; }

    /// <summary>Bytes from the server that the client took.</summary>
    public long BytesDown { get; private set; }

    /// <summary>From the accept to the close.</summary>
    public TimeSpan Duration { get; private set; }

    /// <summary>Why it ended.</summary>
    public ConnectionEnd End { get; private set; }

    /// <summary>What was wrong with a first flight that was refused; "-" otherwise.</summary>
    public string Reason { get; set; } = "-";

    /// <summary>Forgets the last connection and begins with the next.</summary>
    public void Begin(string listener, EndPoint client)
    {
        (Listener, Client, Proxy, Server) = (listener, client, null, null);
        Protocol = Name = Alpn = Ja4 = Subject = Route = Backend = Reason = "-";
        EncryptedClientHello = false;
        DialStarted = ConnectTime = Duration = TimeSpan.Zero;
        BytesUp = BytesDown = 0;
        End = ConnectionEnd.InternalError;
    }

    /// <summary>The other end of the socket is a proxy, and the client is <paramref name="client"/>.</summary>
    public void Proxied(EndPoint client) => (Client, Proxy) = (client, Client);

    /// <summary>Dialling ended, so long after the accept.</summary>
    public void Dialled(EndPoint? server, TimeSpan at) => (Server, ConnectTime) = (server, at - DialStarted);

    /// <summary>What moved each way.</summary>
    public void Count(long up, long down) => (BytesUp, BytesDown) = (up, down);

    /// <summary>It is closed.</summary>
    public void Finish(ConnectionEnd end, TimeSpan duration) => (End, Duration) = (end, duration);
}
