using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace SniForward.Peeking;

/// <summary>
/// What a parser read from the first bytes of a connection. It holds the name and the ALPN list by value, so that
/// it outlives the buffer it was read from without an allocation.
/// </summary>
internal struct PeekResult
{
    /// <summary>
    /// The longest name kept, in bytes. A host name has at most 253, a final dot one more and a port six, so
    /// that what is longer is no name (RFC 1035 §2.3.4).
    /// </summary>
    public const int MaxNameLength = 260;

    private const int InlineAlpnLength = 252;

    private NameBytes _name;
    private AlpnBytes _alpn;
    private byte[]? _longAlpn;
    private ushort _nameLength;
    private ushort _alpnLength;

    /// <summary>The protocol that the bytes speak, as soon as that is certain.</summary>
    public Protocols Protocol;

    /// <summary>Whether the ClientHello carries an encrypted_client_hello extension; the name is then the outer one (RFC 9849).</summary>
    public bool EncryptedClientHello;

    /// <summary>Whether the method of the HTTP request is known and HEAD, whose answer has no content.</summary>
    public bool IsHead;

    /// <summary>The stream of the first HTTP/2 request, which an answer goes to; 0 while there is none.</summary>
    public int StreamId;

    /// <summary>Whether an HTTP/2 client has said all that it says before a request, and may be waiting for its server's settings.</summary>
    public bool AwaitsServer;

    /// <summary>What a PostgreSQL client asks for.</summary>
    public PostgresRequest Postgres;

    /// <summary>Why the bytes are malformed, for the log: a constant text; null otherwise.</summary>
    public string? Reason;

    /// <summary>How many bytes had been received when the answer was found.</summary>
    public long Length;

    /// <summary>The name as the client wrote it, a port included; empty if there is none.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Name => ((ReadOnlySpan<byte>)_name)[.._nameLength];

    /// <summary>
    /// The protocol names that the client offers, in wire form: each is one length byte and that many bytes
    /// (RFC 7301 §3.1), already checked; empty if it offers none.
    /// </summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Alpn => (_longAlpn ?? (ReadOnlySpan<byte>)_alpn)[.._alpnLength];

    /// <summary>What the client speaks, as routes name it: PostgreSQL's comes behind TLS, after a request of its own or by ALPN.</summary>
    /// <param name="beganAsPostgres">Whether it asked for TLS in PostgreSQL's way.</param>
    public readonly Protocols Spoken(bool beganAsPostgres) =>
        beganAsPostgres || (Protocol is Protocols.Tls && Offers("postgresql"u8)) ? Protocols.Postgres : Protocol;

    /// <summary>Whether the client offers <paramref name="protocol"/> by ALPN.</summary>
    private readonly bool Offers(ReadOnlySpan<byte> protocol)
    {
        for (var rest = Alpn; !rest.IsEmpty; rest = rest[(1 + rest[0])..])
        {
            if (rest.Slice(1, rest[0]).SequenceEqual(protocol)) return true;
        }
        return false;
    }

    /// <summary>Keeps <paramref name="name"/>. False if it is longer than <see cref="MaxNameLength"/>: no host name is.</summary>
    public bool TrySetName(ReadOnlySpan<byte> name)
    {
        if (name.Length > MaxNameLength) return false;
        name.CopyTo(_name);
        _nameLength = (ushort)name.Length;
        return true;
    }

    /// <summary>Keeps an ALPN list. One of more than 252 bytes, which no known client sends, costs an allocation of its size.</summary>
    public void SetAlpn(ReadOnlySpan<byte> list)
    {
        _longAlpn = list.Length > InlineAlpnLength ? list.ToArray() : null;
        if (_longAlpn is null) list.CopyTo(_alpn);
        _alpnLength = (ushort)list.Length;
    }

    [InlineArray(MaxNameLength)]
    private struct NameBytes
    {
        private byte _first;
    }

    [InlineArray(InlineAlpnLength)]
    private struct AlpnBytes
    {
        private byte _first;
    }
}
