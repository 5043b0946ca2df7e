using System.Net;
using SniForward.Peeking;
using SniForward.Securing;

namespace SniForward.Startup.Configuration;

/// <summary>One <c>[[route]]</c>; an empty condition list means no condition.</summary>
/// <param name="Hosts">Normalised exact names, "*.suffix" patterns and "/regex/" patterns; none only if there is a protocol.</param>
/// <param name="Backend">The name of a backend in <see cref="ForwarderConfig.Backends"/>; null only if all its clients are sent to https.</param>
/// <param name="Protocols">What it speaks; <see cref="Protocols.None"/>: no condition.</param>
/// <param name="Alpn">The client offers one of these.</param>
/// <param name="Listeners">The names of the listeners it holds on.</param>
/// <param name="Clients">The networks that the client's address is in.</param>
/// <param name="MaxConnections">The most open connections that it takes; 0: no limit.</param>
/// <param name="Line">Its line in the file, from 1.</param>
internal sealed record RouteConfig(
    IReadOnlyList<string> Hosts,
    string? Backend,
    Protocols Protocols,
    IReadOnlyList<string> Alpn,
    IReadOnlyList<string> Listeners,
    IReadOnlyList<IPNetwork> Clients,
    int MaxConnections,
    int Line)
{
    /// <summary>How its clients' TLS ends here; null: it is passed through.</summary>
    public TlsTermination? Tls { get; init; }

    /// <summary>The port at which clients of plain HTTP are to come again by https; 0: they go to the backend.</summary>
    public int HttpsPort { get; init; }

    /// <summary>The name of the backend that answers ACME's challenges of those clients; null: they are sent to https as well.</summary>
    public string? ChallengeBackend { get; init; }

    public bool Equals(RouteConfig? other) =>
        other is not null && (Backend, Protocols, MaxConnections, Line, Tls, HttpsPort, ChallengeBackend)
            == (other.Backend, other.Protocols, other.MaxConnections, other.Line, other.Tls, other.HttpsPort, other.ChallengeBackend)
        && Hosts.SequenceEqual(other.Hosts) && Alpn.SequenceEqual(other.Alpn) && Listeners.SequenceEqual(other.Listeners)
        && Clients.SequenceEqual(other.Clients);

    public override int GetHashCode() => HashCode.Combine(Hosts.Count, Backend, Protocols, Line);
}
