using System.Text;
using SniForward.Telemetry;

namespace SniForward.Splicing;

/// <summary>What a client that reads text is told when its connection is refused.</summary>
/// <param name="Status">An HTTP status code.</param>
/// <param name="Phrase">Its reason phrase (RFC 9110 §15).</param>
/// <param name="Line">One sentence for people.</param>
internal sealed record RefusalText(int Status, string Phrase, string Line)
{
    private static readonly RefusalText?[] All = Array.ConvertAll(Enum.GetValues<ConnectionEnd>(), Make);

    /// <summary>The line and its end, as the content of an answer.</summary>
    public ReadOnlyMemory<byte> Content { get; } = Encoding.ASCII.GetBytes(Line + "\n");

    /// <summary>The lines of an HTTP/1 answer that are always the same.</summary>
    public ReadOnlyMemory<byte> Head { get; } = Encoding.ASCII.GetBytes(
        $"HTTP/1.1 {Status} {Phrase}\r\nContent-Type: text/plain\r\nContent-Length: {Line.Length + 1}\r\nConnection: close\r\n");

    /// <summary>The text for <paramref name="end"/>; null if the client is told nothing.</summary>
    public static RefusalText? Of(ConnectionEnd end) => All[(int)end];

    private static RefusalText? Make(ConnectionEnd end) => end switch
    {
        ConnectionEnd.Redirected => new(308, "Permanent Redirect", "This site is at https."),
        ConnectionEnd.Malformed => new(400, "Bad Request", "This is not a well-formed HTTP request with one Host."),
        ConnectionEnd.NoName => new(400, "Bad Request", "This request names no host, and there is no default to send it to."),
        ConnectionEnd.ClientEndedEarly => new(400, "Bad Request", "The request ended before its head was whole."),
        ConnectionEnd.ProtocolNotAccepted => new(400, "Bad Request", "This port expects TLS: use https."),
        ConnectionEnd.PeekTimeout => new(408, "Request Timeout", "The request's head did not arrive in time."),
        ConnectionEnd.NoRoute => new(421, "Misdirected Request", "No route leads to this host name."),
        ConnectionEnd.HostMismatch => new(421, "Misdirected Request", "This connection is for another host name than this request."),
        ConnectionEnd.ClientLimit => new(429, "Too Many Requests", "Too many connections from this address."),
        ConnectionEnd.TooLarge => new(431, "Request Header Fields Too Large", "The request's head is too large."),
        ConnectionEnd.RequestLimit => new(429, "Too Many Requests", "Too many requests from this address."),
        ConnectionEnd.NoAnswer => new(502, "Bad Gateway", "The server for this host name closed the connection without an answer."),
        ConnectionEnd.BadAnswer => new(502, "Bad Gateway", "The server for this host name gave no well-formed answer."),
        ConnectionEnd.AnswerTimeout => new(504, "Gateway Timeout", "The server for this host name did not answer in time."),
        ConnectionEnd.InternalError => new(500, "Internal Server Error", "The forwarder failed."),
        ConnectionEnd.BackendUnreachable => new(502, "Bad Gateway", "No server for this host name can be reached."),
        ConnectionEnd.BackendFull => new(503, "Service Unavailable", "Every server for this host name is busy."),
        ConnectionEnd.BackendDown => new(503, "Service Unavailable", "Every server for this host name is down."),
        ConnectionEnd.RouteLimit => new(503, "Service Unavailable", "There are too many connections to this host name."),
        ConnectionEnd.NoDescriptor or ConnectionEnd.PeekMemory => new(503, "Service Unavailable", "The forwarder is overloaded."),
        ConnectionEnd.Loop => new(508, "Loop Detected", "The server for this host name would be the forwarder itself."),
        ConnectionEnd.AddressNotAllowed => new(403, "Forbidden", "This host name leads to an address that is not allowed."),
        ConnectionEnd.BackendTimeout => new(504, "Gateway Timeout", "No server for this host name answered in time."),
        _ => null,
    };
}
