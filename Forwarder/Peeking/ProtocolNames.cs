namespace SniForward.Peeking;

/// <summary>What configurations, logs and commands call a protocol.</summary>
internal static class ProtocolNames
{
    /// <summary>The name of a single protocol; "-" if it is not known.</summary>
    public static string Name(this Protocols protocol) => protocol switch
    {
        Protocols.Tls => "tls",
        Protocols.Http => "http",
        Protocols.H2c => "h2c",
        Protocols.Ssh => "ssh",
        Protocols.Postgres => "postgres",
        _ => "-",
    };
}
