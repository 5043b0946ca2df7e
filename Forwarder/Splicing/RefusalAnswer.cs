using System.Text;
using SniForward.Telemetry;

namespace SniForward.Splicing;

/// <summary>What a client is told in its own protocol when its connection is refused: bytes made once, at start.</summary>
internal static class RefusalAnswer
{
    private static readonly byte[][] Tls = Array.ConvertAll(Enum.GetValues<ConnectionEnd>(), TlsBytes);
    private static readonly byte[][] Http = Array.ConvertAll(Enum.GetValues<ConnectionEnd>(), HttpBytes);

    /// <summary>A fatal alert (RFC 8446 §6); empty if a TLS client is told nothing.</summary>
    public static ReadOnlyMemory<byte> ToTls(ConnectionEnd end) => Tls[(int)end];

    /// <summary>A whole response that closes the connection (RFC 9112 §9.6); empty if an HTTP client is told nothing.</summary>
    public static ReadOnlyMemory<byte> ToHttp(ConnectionEnd end) => Http[(int)end];

    private static byte[] TlsBytes(ConnectionEnd end)
    {
        byte? description = end switch
        {
            ConnectionEnd.ProtocolNotAccepted => 10, // unexpected_message
            ConnectionEnd.TooLarge => 22, // record_overflow
            ConnectionEnd.Malformed => 50, // decode_error
            ConnectionEnd.BackendUnreachable or ConnectionEnd.BackendTimeout or ConnectionEnd.BackendFull
                or ConnectionEnd.ClientLimit or ConnectionEnd.InternalError => 80, // internal_error
            ConnectionEnd.NoRoute or ConnectionEnd.NoName => 112, // unrecognized_name, RFC 6066 §3
            _ => null,
        };

        // An alert record of TLS 1.2 or 1.3: type 21, legacy version 3.3, length 2; fatal is level 2.
        return description is { } code ? [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, code] : [];
    }

    private static byte[] HttpBytes(ConnectionEnd end)
    {
        var (status, line) = end switch
        {
            ConnectionEnd.Malformed => ("400 Bad Request", "This is not a well-formed HTTP/1 request with one Host."),
            ConnectionEnd.NoName => ("400 Bad Request", "This request names no host, and there is no default to send it to."),
            ConnectionEnd.ClientEndedEarly => ("400 Bad Request", "The request ended before its head was whole."),
            ConnectionEnd.ProtocolNotAccepted => ("400 Bad Request", "This port expects TLS: use https."),
            ConnectionEnd.PeekTimeout => ("408 Request Timeout", "The request's head did not arrive in time."),
            ConnectionEnd.NoRoute => ("421 Misdirected Request", "No route leads to this host name."),
            ConnectionEnd.ClientLimit => ("429 Too Many Requests", "Too many connections from this address."),
            ConnectionEnd.TooLarge => ("431 Request Header Fields Too Large", "The request's head is too large."),
            ConnectionEnd.InternalError => ("500 Internal Server Error", "The forwarder failed."),
            ConnectionEnd.BackendUnreachable => ("502 Bad Gateway", "No server for this host name can be reached."),
            ConnectionEnd.BackendFull => ("503 Service Unavailable", "Every server for this host name is busy."),
            ConnectionEnd.BackendTimeout => ("504 Gateway Timeout", "No server for this host name answered in time."),
            _ => ("", ""),
        };
        if (status.Length == 0) return [];

        return Encoding.ASCII.GetBytes(
            $"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {line.Length + 1}\r\nConnection: close\r\n\r\n{line}\n");
    }
}
