using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Unicode;
using SniForward.Peeking;
using SniForward.Routing;

namespace SniForward;

/// <summary>Where a client of plain HTTP is sent by a route that is for https alone.</summary>
internal static class Redirection
{
    /// <summary>The longest address that it may be sent to, in bytes; RFC 9110 §4.1 asks for 8000 at least.</summary>
    public const int MaxLength = 8192;

    /// <summary>The port of https where none is named (RFC 9110 §4.2.2).</summary>
    public const int DefaultPort = 443;

    /// <summary>base64url, RFC 8555 §8.</summary>
    private static readonly SearchValues<byte> TokenBytes = SearchValues.Create("-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static ReadOnlySpan<byte> Challenges => "/.well-known/acme-challenge/"u8;

    /// <summary>Whether <paramref name="route"/> sends clients away that speak <paramref name="protocol"/>.</summary>
    public static bool Applies([NotNullWhen(true)] Route? route, Protocols protocol) =>
        route is { HttpsPort: > 0 } && protocol is Protocols.Http or Protocols.H2c;

    /// <summary>Whether the address that it is sent to is not longer than it may be; as <see cref="TryWrite"/>.</summary>
    public static bool Fits(Connection connection, FirstFlight flight, Route route)
    {
        Span<byte> address = stackalloc byte[MaxLength];
        return TryWrite(connection, flight, route, address, out _);
    }

    /// <summary>Writes the address: https, the host that it asked for, and its path and query. False if that is longer than it may be.</summary>
    /// <param name="connection">The client's, whose request is still in its input.</param>
    /// <param name="flight">What was peeked of that; with a name.</param>
    /// <param name="route">One that <see cref="Applies"/>.</param>
    /// <param name="to">As long as <see cref="MaxLength"/>.</param>
    /// <param name="length">How long it is.</param>
    public static bool TryWrite(Connection connection, FirstFlight flight, Route route, Span<byte> to, out int length)
    {
        Span<char> host = stackalloc char[HostName.MaxLength];
        RouteChoice.Normalize(flight.Result, host, out var hostLength);
        host = host[..hostLength];
        // Normalised, it holds nothing that could end it but the colons of an IPv6 address.
        var (left, right) = host.Contains(':') ? ("[", "]") : ("", "");
        length = 0;
        if (!Utf8.TryWrite(to, CultureInfo.InvariantCulture, $"https://{left}{host}{right}", out var written)) return false;
        if (route.HttpsPort != DefaultPort)
        {
            if (!Utf8.TryWrite(to[written..], CultureInfo.InvariantCulture, $":{route.HttpsPort}", out var port)) return false;
            written += port;
        }

        var fits = TryWriteTarget(connection, flight, to[written..], out var target);
        length = written + target;
        return fits;
    }

    /// <summary>Whether an ACME server asks for a token, to see who has the host (RFC 8555 §8.3); of nothing else is the path so.</summary>
    public static bool IsChallenge(Connection connection, FirstFlight flight)
    {
        Span<byte> target = stackalloc byte[MaxLength];
        return TryWriteTarget(connection, flight, target, out var length)
            && length > Challenges.Length
            && target[..length].StartsWith(Challenges)
            && !target[Challenges.Length..length].ContainsAnyExcept(TokenBytes);
    }

    private static bool TryWriteTarget(Connection connection, FirstFlight flight, Span<byte> to, out int length)
    {
        length = 0;
        if (!connection.Client.Input.TryRead(out var read)) return false;
        var fits = RequestTarget.TryWrite(read.Buffer, flight.Result.Protocol, to, out length);
        connection.Client.Input.AdvanceTo(read.Buffer.Start);
        return fits;
    }
}
