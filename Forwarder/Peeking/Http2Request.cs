using System.Buffers;

namespace SniForward.Peeking;

/// <summary>
/// Reads the header block of an HTTP/2 request as strictly as its server must (RFC 9113 §8.2, §8.3), so that no two of
/// them read another host in it.
/// </summary>
internal ref struct Http2Request
{
    private ReadOnlySpan<byte> _method;
    private ReadOnlySpan<byte> _authority;
    private ReadOnlySpan<byte> _host;
    private bool _hasMethod;
    private bool _hasScheme;
    private bool _hasPath;
    private bool _hasAuthority;
    private bool _hasHost;
    private bool _hasOthers;

    /// <summary>Answers Found, NoName or Malformed.</summary>
    public static PeekAnswer Read(ReadOnlySpan<byte> block, ref PeekResult result)
    {
        var request = new Http2Request();
        var decoded = ArrayPool<byte>.Shared.Rent(HpackHuffman.MaxDecodedLength(block.Length));
        result.Reason = request.Read(block, decoded);
        result.IsHead = request._method.SequenceEqual("HEAD"u8);
        var name = request._authority.IsEmpty ? request._host : request._authority;
        if (result.Reason is null && !result.TrySetName(name)) result.Reason = "the authority of the request is longer than any host name";
        ArrayPool<byte>.Shared.Return(decoded);
        return result.Reason is not null ? PeekAnswer.Malformed : name.IsEmpty ? PeekAnswer.NoName : PeekAnswer.Found;
    }

    /// <summary>Why it is malformed, or null.</summary>
    private string? Read(ReadOnlySpan<byte> block, Span<byte> decoded)
    {
        var fields = new HpackReader(block, decoded);
        while (fields.TryRead(out var name, out var value))
        {
            if (value.ContainsAny((byte)0x00, (byte)'\r', (byte)'\n')) return "a field value has a NUL, a carriage return or a line feed";
            if (value is [(byte)' ' or (byte)'\t', ..] or [.., (byte)' ' or (byte)'\t']) return "a field value begins or ends with a space or tab";
            if (Take(name, value) is { } reason) return reason;
        }
        return fields.Error ?? Check();
    }

    private string? Take(Http2FieldName name, ReadOnlySpan<byte> value)
    {
        switch (name)
        {
            case Http2FieldName.Method:
                _method = value;
                return TakePseudo(ref _hasMethod);
            case Http2FieldName.Scheme:
                return TakePseudo(ref _hasScheme);
            case Http2FieldName.Path:
                return value.IsEmpty ? "the path of the request is empty" : TakePseudo(ref _hasPath);
            case Http2FieldName.Authority:
                _authority = value;
                return TakePseudo(ref _hasAuthority);
            case Http2FieldName.UnknownPseudo:
                return "a request has a pseudo-field that is not one of a request";
            case Http2FieldName.Malformed:
                return "a field name has an upper-case letter or another byte that it may not have";
            case Http2FieldName.Connection:
                return "a request has a field of an HTTP/1 connection";
            case Http2FieldName.TransferCodings when !value.SequenceEqual("trailers"u8):
                return "a request has transfer codings";
            case Http2FieldName.Host when _hasHost:
                return "there are two Host fields";
            case Http2FieldName.Host:
                _host = value;
                _hasHost = _hasOthers = true;
                return null;
            default:
                _hasOthers = true;
                return null;
        }
    }

    private readonly string? TakePseudo(ref bool has)
    {
        if (_hasOthers) return "a pseudo-field comes after a field";
        if (has) return "a pseudo-field occurs twice";
        has = true;
        return null;
    }

    /// <summary>§8.3.1, and §8.5 for CONNECT.</summary>
    private readonly string? Check()
    {
        if (!_hasMethod) return "the request has no method";
        var isConnect = _method.SequenceEqual("CONNECT"u8);
        if (isConnect && (_hasScheme || _hasPath)) return "CONNECT has a scheme or a path";
        if (isConnect && !Authority.IsHostAndPort(_authority)) return "the authority of CONNECT is not a host and a port";
        if (!isConnect && !(_hasScheme && _hasPath)) return "the request has no scheme or no path";
        if (!_authority.IsEmpty && !Authority.HasHost(_authority)) return "the authority of the request has no host, or has user information";
        if (!_authority.IsEmpty && !_host.IsEmpty && !Authority.IsSameHost(_authority, _host)) return "the authority of the request and Host name different hosts";
        return _hasHost && _host.IsEmpty && !_authority.IsEmpty ? "the authority of the request and Host name different hosts" : null;
    }
}
