using System.Net;

namespace SniForward.Telemetry;

/// <summary>What the access log tells of one connection, gathered along its path.</summary>
internal sealed class AccessEntry
{
    /// <summary>The listener's name.</summary>
    public required string Listener { get; init; }

    /// <summary>The client's address.</summary>
    public required EndPoint Client { get; init; }

    /// <summary>"tls", "http", or "-" while it is not known.</summary>
    public string Protocol { get; set; } = "-";

    /// <summary>The name that was asked for, fit to print; "-" if none.</summary>
    public string Name { get; set; } = "-";

    /// <summary>Whether the name is the outer one of an encrypted ClientHello.</summary>
    public bool EncryptedClientHello { get; set; }

    /// <summary>The ALPN names offered, with commas between; "-" if none.</summary>
    public string Alpn { get; set; } = "-";

    /// <summary>The pattern of the route that matched, "default", or "-".</summary>
    public string Route { get; set; } = "-";

    /// <summary>The backend's name; "-" if none was chosen.</summary>
    public string Backend { get; set; } = "-";

    /// <summary>The address that was dialled; null if none answered.</summary>
    public EndPoint? Server { get; set; }

    /// <summary>How long reaching the server took.</summary>
    public TimeSpan ConnectTime { get; set; }

    /// <summary>Bytes from the client that the server took.</summary>
    public long BytesUp { get; set; }

    /// <summary>Bytes from the server that the client took.</summary>
    public long BytesDown { get; set; }

    /// <summary>From the accept to the close.</summary>
    public TimeSpan Duration { get; set; }

    /// <summary>Why it ended.</summary>
    public ConnectionEnd End { get; set; } = ConnectionEnd.InternalError;

    /// <summary>What was wrong with a first flight that was refused; "-" otherwise.</summary>
    public string Reason { get; set; } = "-";
}
