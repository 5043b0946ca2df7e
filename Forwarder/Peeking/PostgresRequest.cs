namespace SniForward.Peeking;

/// <summary>What a PostgreSQL client asks for first (its manual, "Message Formats").</summary>
internal enum PostgresRequest : byte
{
    /// <summary>Not a PostgreSQL client, or one that begins with TLS.</summary>
    None,

    /// <summary>SSLRequest: it waits for "S", and then begins with TLS, or for "N".</summary>
    Tls,

    /// <summary>GSSENCRequest: it waits for "G", or for "N" and then asks for something else.</summary>
    GssEncryption,

    /// <summary>StartupMessage: it goes on in the clear.</summary>
    Startup,

    /// <summary>CancelRequest: it names a query of another connection, waits for nothing, and ends.</summary>
    Cancel,
}
