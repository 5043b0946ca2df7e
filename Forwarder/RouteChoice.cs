using System.Net;
using SniForward.Peeking;
using SniForward.Routing;
using SniForward.Securing;
using SniForward.Selecting;
using SniForward.Telemetry;

namespace SniForward;

/// <summary>The route of what was peeked: where Peeking's findings become Routing's question.</summary>
internal static class RouteChoice
{
    /// <summary>Finds the route, or why the connection is refused.</summary>
    /// <param name="connection">Whose first flight it is.</param>
    /// <param name="flight">What was peeked; null if nothing was.</param>
    /// <param name="answer">How the peek ended.</param>
    /// <param name="entry">Where the name is noted; null if nobody asks for it.</param>
    /// <param name="match">Where it goes, if it is not refused.</param>
    /// <param name="named">The server of its name, if it goes to whichever that is; else null.</param>
    public static ConnectionEnd? Find(
        Connection connection, FirstFlight? flight, PeekAnswer answer, AccessEntry? entry, out RouteMatch match, out Server? named)
    {
        named = null;
        var (routes, listener) = (connection.Rules.Routes, connection.Rules.ListenerIndex);
        Span<char> name = stackalloc char[HostName.MaxLength];
        var (kind, length) = (HostNameKind.None, 0);
        if (flight is null || answer == PeekAnswer.AwaitsServer)
        {
            match = routes.Default(listener);
        }
        else
        {
            if (answer == PeekAnswer.Found) kind = Normalize(flight.Result, name, out length);
            if (length > 0) entry?.SetHostName(name[..length]);
            match = Match(connection, flight, name[..length], kind);
        }

        if (kind == HostNameKind.Malformed)
        {
            entry?.Reason = "the name is no host name";
            return ConnectionEnd.Malformed;
        }
        var isRedirected = Redirection.Applies(match.Route, flight?.Protocol ?? Protocols.None);
        if (match.Kind == MatchKind.None || (isRedirected && kind == HostNameKind.None))
            return kind == HostNameKind.None ? ConnectionEnd.NoName : ConnectionEnd.NoRoute;
        if (isRedirected && match.Route!.ChallengeBackend >= 0 && Redirection.IsChallenge(connection, flight!))
        {
            match = match with { Backend = match.Route.ChallengeBackend };
        }
        else if (isRedirected)
        {
            entry?.Route = match.Pattern;
            return Redirection.Fits(connection, flight!, match.Route!) ? ConnectionEnd.Redirected : ConnectionEnd.TooLarge;
        }
        named = connection.Rules.Backends[match.Backend].Dynamic?.Find(name[..length]);
        return null;
    }

    /// <summary>Whether a request inside TLS is for the route that its ClientHello was for; null, or why the connection is refused.</summary>
    /// <param name="connection">Whose TLS ends here.</param>
    /// <param name="hello">Its ClientHello.</param>
    /// <param name="request">What was peeked inside.</param>
    /// <param name="route">The route of the ClientHello.</param>
    public static ConnectionEnd? Verify(Connection connection, FirstFlight hello, FirstFlight request, Route? route)
    {
        if (request.Result.Name.IsEmpty) return null;
        Span<char> name = stackalloc char[HostName.MaxLength];
        var kind = Normalize(request.Result, name, out var length);
        if (kind == HostNameKind.Malformed) return ConnectionEnd.Malformed;
        return ReferenceEquals(Match(connection, hello, name[..length], kind).Route, route) ? null : ConnectionEnd.HostMismatch;
    }

    /// <summary>Finds the route of a request inside TLS, or why it is refused.</summary>
    /// <param name="connection">Whose TLS ends here.</param>
    /// <param name="hello">Its ClientHello.</param>
    /// <param name="request">What was peeked inside.</param>
    /// <param name="secured">The route of the ClientHello.</param>
    /// <param name="match">Where it goes, if it is not refused.</param>
    /// <param name="named">The server of its name, if it goes to whichever that is; else null.</param>
    public static ConnectionEnd? FindInside(
        Connection connection, FirstFlight hello, FirstFlight request, in RouteMatch secured, out RouteMatch match, out Server? named)
    {
        (match, named) = (secured, null);
        var asked = request.Result.Name.IsEmpty ? hello : request;
        Span<char> name = stackalloc char[HostName.MaxLength];
        var kind = Normalize(asked.Result, name, out var length);
        if (kind == HostNameKind.Malformed) return ConnectionEnd.Malformed;
        if (asked == request) match = Match(connection, hello, name[..length], kind);
        if (!ReferenceEquals(match.Route, secured.Route) && !MayServe(connection, secured.Route, match.Route)) return ConnectionEnd.HostMismatch;
        named = connection.Rules.Backends[match.Backend].Dynamic?.Find(name[..length]);
        return null;
    }

    /// <summary>Whether a client that was let in by one route's TLS may ask for <paramref name="other"/>: never where that asks for certificates.</summary>
    private static bool MayServe(Connection connection, Route? secured, Route? other)
    {
        var terminations = connection.Rules.Terminations;
        return secured is not null && other is not null && terminations[secured.Index] is { HostMustMatch: false }
            && terminations[other.Index] is { ClientAuth: ClientAuth.None };
    }

    private static RouteMatch Match(Connection connection, FirstFlight flight, ReadOnlySpan<char> name, HostNameKind kind)
    {
        var routes = connection.Rules.Routes;
        return routes.Match(new RouteQuery
        {
            Name = name,
            IsAddress = kind == HostNameKind.Address,
            Protocol = (int)flight.Protocol,
            Alpn = flight.Result.Alpn,
            Listener = connection.Rules.ListenerIndex,
            Client = routes.AsksForClient ? (connection.ClientAddress as IPEndPoint)?.Address : null,
        });
    }

    /// <summary>The name that was peeked, as routes know it.</summary>
    /// <param name="hello">What was peeked.</param>
    /// <param name="name">Of <see cref="HostName.MaxLength"/>.</param>
    /// <param name="length">How much of <paramref name="name"/> it took.</param>
    public static HostNameKind Normalize(in PeekResult hello, Span<char> name, out int length) =>
        HostName.Normalize(hello.Name, hello.Protocol == Protocols.Tls ? HostNameSource.Sni : HostNameSource.Host, name, out length);
}
