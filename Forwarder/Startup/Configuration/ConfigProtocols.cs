using SniForward.Peeking;

namespace SniForward.Startup.Configuration;

/// <summary>The protocols that a configuration and the command line can name.</summary>
internal static class ConfigProtocols
{
    /// <summary>What a route, or a client, may speak.</summary>
    public static readonly (string Word, Protocols Value)[] OfRoutes =
        [Named(Protocols.Tls), Named(Protocols.Http), Named(Protocols.H2c), Named(Protocols.Ssh), Named(Protocols.Postgres)];

    /// <summary>
    /// What a listener may accept. PostgreSQL's clients begin with TLS, by themselves or when they are told to; SSH is a
    /// part of "any" that a route can name.
    /// </summary>
    public static readonly (string Word, Protocols Value)[] OfListeners =
    [
        Named(Protocols.Tls), Named(Protocols.Http), Named(Protocols.H2c), Named(Protocols.Ssh),
        (Protocols.Postgres.Name(), Protocols.Postgres | Protocols.Tls), ("any", Protocols.Any | Protocols.Ssh),
    ];

    private static (string, Protocols) Named(Protocols protocol) => (protocol.Name(), protocol);
}
