namespace SniForward.Telemetry.Access;

/// <summary>What the access log says of a connection: its fields, in their order.</summary>
internal static class AccessFields
{
    public static void Write(ref LineWriter line, DateTime utc, long id, AccessEntry entry)
    {
        line.Begin(utc, entry.Listener, id);
        line.Foreign("client"u8, entry.Client);
        line.Foreign("proxy"u8, entry.Proxy);
        line.Word("protocol"u8, entry.Protocol);
        line.Foreign("name"u8, entry.Name);
        line.Flag("ech"u8, entry.EncryptedClientHello);
        line.Foreign("alpn"u8, entry.Alpn);
        line.Foreign("ja4"u8, entry.Ja4);
        line.Word("tls"u8, entry.Tls);
        line.Foreign("subject"u8, entry.Subject);
        line.Word("route"u8, entry.Route);
        line.Word("backend"u8, entry.Backend);
        line.Address("server"u8, entry.Server);
        if (entry.IsRequest) WriteRequest(ref line, entry);
        line.Number("bytes_received"u8, entry.BytesUp);
        line.Number("bytes_sent"u8, entry.BytesDown);
        line.Seconds("duration"u8, entry.Duration);
        line.Seconds("peek"u8, entry.PeekTime);
        line.Seconds("connect"u8, entry.ConnectTime);
        line.Word("end"u8, entry.IsOpen ? "open" : entry.End.Name());
        line.Sentence("reason"u8, entry.Reason);
    }

    private static void WriteRequest(ref LineWriter line, AccessEntry entry)
    {
        line.Foreign("method"u8, entry.Method);
        line.Foreign("target"u8, entry.Target);
        line.Number("status"u8, entry.Status);
        line.Seconds("wait"u8, entry.Wait);
    }
}
