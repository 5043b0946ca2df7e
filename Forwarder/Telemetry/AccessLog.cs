using System.Net;
using Microsoft.Extensions.Logging;

namespace SniForward.Telemetry;

/// <summary>Writes one line for each connection, at its end.</summary>
internal sealed partial class AccessLog(ILogger logger)
{
    /// <summary>The category of its lines.</summary>
    public const string Category = "SniForward.Access";

    /// <summary>Whether lines are written at all; what only they need is not gathered otherwise.</summary>
    public bool Enabled { get; } = logger.IsEnabled(LogLevel.Information);

    public void Write(long id, AccessEntry entry)
    {
        var (client, proxy, server, end) = (Text(entry.Client), Text(entry.Proxy), Text(entry.Server), entry.End.Name());
        Line(
            logger, entry.Listener, id, client, proxy, entry.Protocol, entry.Name, entry.EncryptedClientHello,
            entry.Alpn, entry.Ja4, entry.Subject, entry.Route, entry.Backend, server, entry.BytesUp, entry.BytesDown,
            entry.Duration.TotalSeconds, entry.ConnectTime.TotalSeconds, end, entry.Reason);
    }

    private static string Text(EndPoint? endPoint) => endPoint switch
    {
        null => "-",
        IPEndPoint ip => ip.ToString(),
        _ => $"unix:{endPoint}",
    };

    [LoggerMessage(
        EventId = 100, EventName = "ConnectionEnded", Level = LogLevel.Information, SkipEnabledCheck = true,
        Message = "{Listener} #{Id} client={Client} proxy={Proxy} protocol={Protocol} name={Name} ech={Ech} alpn={Alpn} ja4={Ja4} subject={Subject} "
            + "route={Route} backend={Backend} server={Server} up={BytesUp} down={BytesDown} "
            + "duration={Duration:F3} connect={ConnectTime:F3} end={End} reason={Reason}")]
    private static partial void Line(
        ILogger logger, string listener, long id, string client, string proxy, string protocol, string name, bool ech, string alpn,
        string ja4, string subject, string route, string backend, string server, long bytesUp, long bytesDown, double duration,
        double connectTime, string end, string reason);
}
