namespace SniForward.Peeking;

/// <summary>
/// Reads the body of a ClientHello (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2) that is whole and in one piece. It checks
/// every length, and of the contents only what tells the name, the ALPN list and an encrypted hello.
/// </summary>
internal ref struct ClientHelloBody
{
    private const ushort ServerName = 0x0000;
    private const ushort Alpn = 0x0010;
    private const ushort EncryptedClientHello = 0xfe0d;
    private const byte HostName = 0x00;
    private const int RandomLength = 32;
    private const int MaxSessionLength = 32;

    private bool _hasServerName;
    private bool _hasAlpn;
    private bool _hasEncryptedClientHello;
    private ReadOnlySpan<byte> _name;
    private ReadOnlySpan<byte> _alpn;

    /// <summary>Answers Found, NoName or Malformed. What it found is kept in <paramref name="result"/> only if all of it is well formed.</summary>
    public static PeekAnswer Read(ReadOnlySpan<byte> bytes, ref PeekResult result)
    {
        var body = new ClientHelloBody();
        result.Reason = body.Read(bytes);
        if (result.Reason is null && !result.TrySetName(body._name))
            result.Reason = "the server name is longer than any host name";
        if (result.Reason is not null) return PeekAnswer.Malformed;

        result.SetAlpn(body._alpn);
        result.EncryptedClientHello = body._hasEncryptedClientHello;
        return body._name.IsEmpty ? PeekAnswer.NoName : PeekAnswer.Found;
    }

    /// <summary>Why it is malformed, or null.</summary>
    private string? Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        if (!reader.TryUInt16(out _) || !reader.TryTake(RandomLength, out _))
            return "the ClientHello ends inside its version or random";
        if (!reader.TryVector8(out var session)) return "the session id runs past the end of the ClientHello";
        if (session.Length > MaxSessionLength) return "the session id is longer than 32 bytes";
        if (!reader.TryVector16(out var suites)) return "the cipher suites run past the end of the ClientHello";
        if (suites.Length < 2 || suites.Length % 2 != 0) return "the cipher suites are not one or more pairs of bytes";
        if (!reader.TryVector8(out var compression)) return "the compression methods run past the end of the ClientHello";
        if (compression.IsEmpty) return "there is no compression method";

        // A TLS 1.2 client may end its hello here (RFC 5246 §7.4.1.2).
        if (reader.IsEmpty) return null;
        if (!reader.TryVector16(out var extensions)) return "the extensions run past the end of the ClientHello";
        if (!reader.IsEmpty) return "bytes follow the extensions inside the ClientHello";
        return ReadExtensions(extensions);
    }

    private string? ReadExtensions(ReadOnlySpan<byte> extensions)
    {
        var reader = new WireReader(extensions);
        while (!reader.IsEmpty)
        {
            if (!reader.TryUInt16(out var type) || !reader.TryVector16(out var data))
                return "an extension runs past the end of the extensions";

            if (type == EncryptedClientHello) _hasEncryptedClientHello = true;
            var reason = type switch
            {
                ServerName => ReadServerName(data),
                Alpn => ReadAlpn(data),
                _ => null,
            };
            if (reason is not null) return reason;
        }

        return null;
    }

    /// <summary>RFC 6066 §3. Entries of other types are skipped; each has a two-byte length too.</summary>
    private string? ReadServerName(ReadOnlySpan<byte> data)
    {
        if (_hasServerName) return "the server_name extension occurs twice";
        _hasServerName = true;

        var reader = new WireReader(data);
        if (!reader.TryVector16(out var list) || !reader.IsEmpty) return "the server name list does not fill its extension exactly";
        if (list.IsEmpty) return "the server name list is empty";

        var entries = new WireReader(list);
        while (!entries.IsEmpty)
        {
            if (!entries.TryByte(out var type) || !entries.TryVector16(out var name)) return "a server name runs past the end of its list";
            if (type != HostName) continue;
            if (name.IsEmpty) return "the server name is empty";
            if (!_name.IsEmpty) return "there are two server names";
            _name = name;
        }

        return null;
    }

    /// <summary>RFC 7301 §3.1.</summary>
    private string? ReadAlpn(ReadOnlySpan<byte> data)
    {
        if (_hasAlpn) return "the ALPN extension occurs twice";
        _hasAlpn = true;

        var reader = new WireReader(data);
        if (!reader.TryVector16(out var list) || !reader.IsEmpty) return "the ALPN list does not fill its extension exactly";
        if (list.IsEmpty) return "the ALPN list is empty";

        var names = new WireReader(list);
        while (!names.IsEmpty)
        {
            if (!names.TryVector8(out var name)) return "an ALPN name runs past the end of its list";
            if (name.IsEmpty) return "an ALPN name is empty";
        }

        _alpn = list;
        return null;
    }
}
