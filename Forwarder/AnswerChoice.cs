using SniForward.Peeking;
using SniForward.Routing;
using SniForward.Splicing;
using SniForward.Telemetry;

namespace SniForward;

/// <summary>What a client that is refused is told, in its own protocol.</summary>
internal static class AnswerChoice
{
    /// <summary>Makes it, in a buffer that it borrows if it needs one. Empty: the client is told nothing.</summary>
    /// <param name="connection">It ends as it was refused.</param>
    /// <param name="parts">Those of its engine.</param>
    /// <param name="route">The route that was found for it, if any.</param>
    /// <param name="loans">The connection's; of two flights the one inside TLS is who is told.</param>
    /// <param name="spoken">The client's protocol; null: what was peeked.</param>
    public static ReadOnlyMemory<byte> Make(Connection connection, ConnectionParts parts, Route? route, ref Loans loans, Protocols? spoken = null)
    {
        if ((loans.Request ?? loans.Flight) is not { } flight) return default;
        ref readonly var asked = ref flight.Result;
        var protocol = spoken ?? asked.Protocol;
        switch (protocol)
        {
            case Protocols.Tls:
                return RefusalAnswer.ToTls(connection.End);
            case Protocols.Postgres:
                return RefusalAnswer.ToPostgres(connection.End);
            case Protocols.Http or Protocols.H2c:
                var isRedirected = connection.End == ConnectionEnd.Redirected;
                Span<byte> location = isRedirected ? stackalloc byte[Redirection.MaxLength] : default;
                var locationLength = 0;
                if (isRedirected) Redirection.TryWrite(connection, flight, route!, location, out locationLength);
                var request = new RefusedRequest
                {
                    Now = parts.Transport.Time.GetUtcNow(),
                    IsHead = asked.IsHead,
                    StreamId = asked.StreamId,
                    Location = location[..locationLength],
                    RetryAfter = (int)Math.Min(Math.Ceiling(connection.RetryAfter.TotalSeconds), int.MaxValue),
                };
                var answer = loans.RentAnswer();
                if (protocol == Protocols.Http) RefusalAnswer.WriteHttp(connection.End, request, answer);
                else RefusalAnswer.WriteHttp2(connection.End, request, answer);
                return answer.WrittenMemory;
            default:
                return default;
        }
    }
}
