using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using SniForward.Telemetry;

namespace SniForward.Splicing;

/// <summary>What a client is told in its own protocol when its connection is refused.</summary>
internal static class RefusalAnswer
{
    private static readonly RefusalText NoHttp2 = new(400, "Bad Request", "This port does not accept HTTP/2 without TLS.");

    private static readonly byte[][] Tls = Array.ConvertAll(Enum.GetValues<ConnectionEnd>(), TlsBytes);
    private static readonly byte[][] Postgres = Array.ConvertAll(Enum.GetValues<ConnectionEnd>(), PostgresBytes);

    /// <summary>A fatal alert (RFC 8446 §6); empty if a TLS client is told nothing.</summary>
    public static ReadOnlyMemory<byte> ToTls(ConnectionEnd end) => Tls[(int)end];

    /// <summary>Writes a whole response that closes the connection; nothing if an HTTP client is told nothing.</summary>
    public static void WriteHttp(ConnectionEnd end, in RefusedRequest request, IBufferWriter<byte> to)
    {
        if (RefusalText.Of(end) is { } text) HttpAnswer.Write(text, request, to);
    }

    /// <summary>Writes a whole response to the request, if it came on a stream, and a GOAWAY; nothing if an HTTP/2 client is told nothing.</summary>
    public static void WriteHttp2(ConnectionEnd end, in RefusedRequest request, IBufferWriter<byte> to)
    {
        if ((end == ConnectionEnd.ProtocolNotAccepted ? NoHttp2 : RefusalText.Of(end)) is { } text)
            Http2Answer.Write(text, isProtocolError: end == ConnectionEnd.Malformed, request, to);
    }

    /// <summary>An ErrorResponse (PostgreSQL's manual, "Error and Notice Message Fields"); empty if its client is told nothing.</summary>
    public static ReadOnlyMemory<byte> ToPostgres(ConnectionEnd end) => Postgres[(int)end];

    private static byte[] TlsBytes(ConnectionEnd end)
    {
        byte? description = end switch
        {
            ConnectionEnd.ProtocolNotAccepted => 10, // unexpected_message
            ConnectionEnd.TooLarge => 22, // record_overflow
            ConnectionEnd.Malformed => 50, // decode_error
            ConnectionEnd.AddressNotAllowed => 49, // access_denied
            ConnectionEnd.BackendUnreachable or ConnectionEnd.BackendTimeout or ConnectionEnd.BackendFull or ConnectionEnd.BackendDown
                or ConnectionEnd.Loop or ConnectionEnd.NoDescriptor or ConnectionEnd.PeekMemory or ConnectionEnd.RouteLimit
                or ConnectionEnd.HandshakesFull
                or ConnectionEnd.ClientLimit or ConnectionEnd.InternalError => 80, // internal_error
            ConnectionEnd.NoRoute or ConnectionEnd.NoName => 112, // unrecognized_name, RFC 6066 §3
            _ => null,
        };

        // An alert record of TLS 1.2 or 1.3: type 21, legacy version 3.3, length 2; fatal is level 2.
        return description is { } code ? [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, code] : [];
    }

    private static byte[] PostgresBytes(ConnectionEnd end)
    {
        var (code, line) = end switch
        {
            ConnectionEnd.Malformed => ("08P01", "This is not how a PostgreSQL client begins."),
            ConnectionEnd.NoName or ConnectionEnd.NoRoute =>
                ("08004", "No server can be chosen: connect with sslmode=require or stricter, and by a host name that is routed."),
            ConnectionEnd.HandshakesFull => ("53300", "Too many connections begin at once."),
            ConnectionEnd.HostMismatch => ("08004", "This connection is for another host name."),
            ConnectionEnd.ProtocolNotAccepted => ("08004", "This port does not accept PostgreSQL."),
            ConnectionEnd.ClientLimit => ("53300", "Too many connections from this address."),
            ConnectionEnd.BackendFull => ("53300", "Every server is busy."),
            ConnectionEnd.RouteLimit => ("53300", "Too many connections to this name."),
            ConnectionEnd.NoDescriptor or ConnectionEnd.PeekMemory => ("53000", "The forwarder is overloaded."),
            ConnectionEnd.BackendDown => ("08001", "Every server is down."),
            ConnectionEnd.Loop => ("08001", "The server would be the forwarder itself."),
            ConnectionEnd.AddressNotAllowed => ("08004", "This name leads to an address that is not allowed."),
            ConnectionEnd.BackendUnreachable => ("08001", "No server can be reached."),
            ConnectionEnd.BackendTimeout => ("08001", "No server answered in time."),
            ConnectionEnd.InternalError => ("XX000", "The forwarder failed."),
            _ => ("", ""),
        };
        if (line.Length == 0) return [];

        var fields = Encoding.ASCII.GetBytes($"SFATAL\0VFATAL\0C{code}\0M{line}\0\0");
        byte[] message = [(byte)'E', 0, 0, 0, 0, .. fields];
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), message.Length - 1);
        return message;
    }
}
