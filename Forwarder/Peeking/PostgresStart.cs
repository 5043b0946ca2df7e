using System.Buffers;

namespace SniForward.Peeking;

/// <summary>
/// Reads the first message of a PostgreSQL client: four bytes of length, itself included, and four that say what it is
/// (its manual, "Message Formats"). None of them carries the name of a host.
/// </summary>
internal static class PostgresStart
{
    /// <summary>Of an SSLRequest and a GSSENCRequest, in bytes: nothing follows until they are answered.</summary>
    public const int RequestLength = 8;

    private const int SslCode = 80877103, GssCode = 80877104, CancelCode = 80877102;
    private const int FirstVersion = 0x0002_0000, LastVersion = 0x0003_ffff;

    // The server's own limits: a StartupMessage, and a CancelRequest with the key of four to 256 bytes of protocol 3.2.
    private const int LongestStartup = 10_000, ShortestCancel = 16, LongestCancel = 12 + 256;

    /// <summary>
    /// Answers NeedMore, NotMine, AwaitsAnswer or, for what is passed on as it stands, NoName. It is certain at the eighth
    /// byte.
    /// </summary>
    /// <param name="received">Everything received so far, from the first byte of the connection.</param>
    /// <param name="result">Where the findings go.</param>
    public static PeekAnswer Read(in ReadOnlySequence<byte> received, ref PeekResult result)
    {
        var reader = new SequenceReader<byte>(received);
        if (!reader.TryReadBigEndian(out int length)) return MayBeLength(received) ? PeekAnswer.NeedMore : PeekAnswer.NotMine;
        if (length is < RequestLength or > LongestStartup) return PeekAnswer.NotMine;
        if (!reader.TryReadBigEndian(out int code)) return PeekAnswer.NeedMore;

        result.Postgres = (code, length) switch
        {
            (SslCode, RequestLength) => PostgresRequest.Tls,
            (GssCode, RequestLength) => PostgresRequest.GssEncryption,
            (CancelCode, >= ShortestCancel and <= LongestCancel) => PostgresRequest.Cancel,
            ( >= FirstVersion and <= LastVersion, > RequestLength) => PostgresRequest.Startup,
            _ => PostgresRequest.None,
        };
        if (result.Postgres is PostgresRequest.None) return PeekAnswer.NotMine;

        result.Protocol = Protocols.Postgres;
        return result.Postgres is PostgresRequest.Tls or PostgresRequest.GssEncryption ? PeekAnswer.AwaitsAnswer : PeekAnswer.NoName;
    }

    /// <summary>Whether up to three bytes may be the front of a length.</summary>
    private static bool MayBeLength(in ReadOnlySequence<byte> received)
    {
        var reader = new SequenceReader<byte>(received);
        reader.AdvancePast(0x00);
        if (reader.Consumed >= 2) return !reader.TryRead(out var high) || high <= LongestStartup >> 8;
        return reader.End;
    }
}
