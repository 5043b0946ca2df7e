using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using SniForward.Peeking;
using SniForward.Telemetry;
using SniForward.Transport;

namespace SniForward;

/// <summary>
/// What is read of a client before its route is looked for: the PROXY header, if its listener takes one, the peek, and
/// around it what some clients need: one that waits for its server to speak first goes on without a word, and
/// PostgreSQL's is told to begin with TLS. When one is over it serves the next connection.
/// </summary>
/// <param name="budget">Where large ones take their memory from.</param>
internal sealed class FirstFlight(PeekBudget budget)
{
    // The one-byte answers of a server (PostgreSQL's manual, "SSL Session Encryption" and "GSSAPI Session Encryption").
    private static readonly ReadOnlySequence<byte> BeginTls = new("S"u8.ToArray());
    private static readonly ReadOnlySequence<byte> NoGssEncryption = new("N"u8.ToArray());

    private const Protocols HeaderOnly = Protocols.None;

    /// <summary>What may be inside TLS that ends here.</summary>
    public const Protocols Inside = Protocols.Http | Protocols.H2c | Protocols.Any;

    private readonly Peek _peek = new(budget);
    private bool _hasProxyHeader;

    /// <summary>What was peeked.</summary>
    public ref readonly PeekResult Result => ref _peek.Result;

    /// <summary>Whether the client asked for PostgreSQL's TLS, and was told to begin: its server expects the same question.</summary>
    public bool BeganAsPostgres { get; private set; }

    /// <summary>What it speaks, as routes name it: over TLS it may be more than that.</summary>
    public Protocols Protocol => Result.Spoken(BeganAsPostgres);

    /// <summary>The client's address by its PROXY header; null if that has none.</summary>
    public EndPoint? ProxiedClient => _hasProxyHeader ? _peek.Proxy.Source : null;

    /// <summary>The address that the client connected to, by its PROXY header; null if that has none.</summary>
    public EndPoint? ProxiedLocal => _hasProxyHeader ? _peek.Proxy.Destination : null;

    /// <summary>What had been received when the ClientHello was whole, in bytes; 0 if there is none.</summary>
    public long HelloLength => Result.Protocol is Protocols.Tls ? Result.Length : 0;

    /// <summary>Forgets the connection, and gives back the memory that its flight had taken.</summary>
    public void End()
    {
        (_hasProxyHeader, BeganAsPostgres) = (false, false);
        _peek.Release();
    }

    /// <summary>Gives back what its bytes had taken of the budget; what was peeked stays known.</summary>
    public void ReleaseMemory() => _peek.Release();

    /// <summary>Reads the PROXY header that <paramref name="proxy"/> asks for, and consumes it. Why the connection is refused, or null.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public async ValueTask<ConnectionEnd?> ReadProxyHeaderAsync(Connection connection, InboundProxy proxy)
    {
        var isTrusted = proxy.Trusts(connection.Client.RemoteEndPoint);
        if (!isTrusted && proxy.IsRequired) return ConnectionEnd.ProxyNotTrusted;

        var silence = proxy.IsRequired ? null : connection.Rules.FirstByte;
        var answer = await RunAsync(connection, HeaderOnly, silence).ConfigureAwait(false);
        _hasProxyHeader = answer is PeekAnswer.Found;
        return answer switch
        {
            PeekAnswer.Found => isTrusted ? null : ConnectionEnd.ProxyNotTrusted,
            PeekAnswer.NotMine => proxy.IsRequired ? ConnectionEnd.ProxyMissing : null,
            // It is as silent in the peek that follows.
            PeekAnswer.AwaitsServer => null,
            _ => RefusalReason.Of(answer, Protocols.None),
        };
    }

    /// <summary>Peeks until it is decided.</summary>
    public ValueTask<PeekAnswer> PeekAsync(Connection connection)
    {
        var accepted = connection.Rules.Protocols;
        return connection.Rules.FirstByte is null && (accepted & Protocols.Postgres) == 0
            ? StartAsync(connection, accepted, connection.PeekTimeLeft)
            : PeekPatientlyAsync(connection, accepted);
    }

    /// <summary>Peeks what is inside TLS that ends here, whose first request is HTTP if it is anything that is known.</summary>
    public ValueTask<PeekAnswer> PeekInsideAsync(Connection connection) => StartAsync(connection, Inside, connection.PeekTimeLeft);

    /// <summary>Peeks a request among others, of HTTP/1.</summary>
    public ValueTask<PeekAnswer> PeekRequestAsync(Connection connection) => RunAsync(connection, Protocols.Http, silence: null);

    /// <summary>Tells the access log what was peeked.</summary>
    /// <param name="connection">Whose first flight it is.</param>
    /// <param name="entry">Its line.</param>
    public void Describe(Connection connection, AccessEntry entry)
    {
        ref readonly var hello = ref Result;
        entry.Protocol = Protocol.Name();
        entry.SetName(hello.Name);
        entry.SetAlpn(hello.Alpn);
        entry.EncryptedClientHello = hello.EncryptedClientHello;
        entry.Reason = hello.Reason ?? "-";
        if (connection.Rules.LogsJa4 && hello.Protocol is Protocols.Tls) Fingerprint(connection.Client.Input, entry);
    }

    private static void Fingerprint(PipeReader input, AccessEntry entry)
    {
        Span<char> fingerprint = stackalloc char[Ja4.Length];
        if (!input.TryRead(out var read)) return;
        if (Ja4.TryWrite(read.Buffer, fingerprint)) entry.SetJa4(fingerprint);
        input.AdvanceTo(read.Buffer.Start);
    }

    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<PeekAnswer> PeekPatientlyAsync(Connection connection, Protocols accepted)
    {
        var answer = await RunAsync(connection, accepted, connection.Rules.FirstByte).ConfigureAwait(false);
        for (var answered = 0; answer is PeekAnswer.AwaitsAnswer; answered++)
        {
            // One request for each kind of encryption is all that a client has use for.
            if (answered == 2) return PeekAnswer.Malformed;

            BeganAsPostgres = Result.Postgres is PostgresRequest.Tls;
            if (BeganAsPostgres) accepted = Protocols.Tls;
            await connection.Client.SendAsync(BeganAsPostgres ? BeginTls : NoGssEncryption).ConfigureAwait(false);
            answer = await RunAsync(connection, accepted, silence: null).ConfigureAwait(false);
        }
        return answer;
    }

    /// <summary>Reads until it is decided; AwaitsServer: for <paramref name="silence"/> the client said nothing, or nothing that tells more.</summary>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    private async ValueTask<PeekAnswer> RunAsync(Connection connection, Protocols accepted, TimeSpan? silence)
    {
        if (silence is { } longest && longest < connection.PeekTimeLeft)
        {
            var early = await StartAsync(connection, accepted, longest).ConfigureAwait(false);
            if (early is not PeekAnswer.TimedOut) return early;
            if (Result.Length == 0 || Result.AwaitsServer) return PeekAnswer.AwaitsServer;
        }

        PeekAnswer answer;
        do
        {
            answer = await StartAsync(connection, accepted, connection.PeekTimeLeft).ConfigureAwait(false);
        }
        // The timer of a read that is over can end the next one, on an engine of several threads.
        while (answer is PeekAnswer.TimedOut && connection.PeekTimeLeft > TimeSpan.Zero);
        return answer;
    }

    private ValueTask<PeekAnswer> StartAsync(Connection connection, Protocols accepted, TimeSpan deadline)
    {
        connection.SetTimer(deadline);
        var (input, maxBytes) = (connection.Client.Input, connection.Rules.PeekBytes);
        return accepted == HeaderOnly
            ? _peek.ReadProxyHeaderAsync(input, maxBytes)
            : _peek.RunAsync(input, accepted, _hasProxyHeader ? maxBytes - _peek.Proxy.Length : maxBytes);
    }
}
