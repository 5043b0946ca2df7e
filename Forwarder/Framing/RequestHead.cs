using System.Buffers;
using SniForward.Peeking;

namespace SniForward.Framing;

/// <summary>
/// Reads the head of an HTTP/1 request, strictly: what two servers could understand in two ways is malformed
/// (docs/http.md lists it). It remembers how far it got, so that the work is linear in the bytes received. What it
/// found is to be asked for once it is Found; ranges count from the first byte received.
/// </summary>
internal struct RequestHead : IHead
{
    private HeadScan _scan;
    private MessageFields _fields;
    private ByteRange _targetHost;
    private ByteRange _hostField;
    private bool _hasRequestLine;
    private bool _hasHostField;

    /// <summary>Why it is malformed: a constant text; null otherwise.</summary>
    public readonly string? Reason => _scan.Reason;

    /// <summary>Where the request line starts: empty lines may stand before it.</summary>
    public readonly int Start => MethodName.Start;

    /// <summary>The length of the head in bytes, with the empty line that ends it: where its body starts.</summary>
    public readonly int Length => _scan.Length;

    /// <summary>The method, if it is known.</summary>
    public RequestMethod Method { get; private set; }

    /// <summary>Where the method stands.</summary>
    public ByteRange MethodName { get; private set; }

    /// <summary>Where the target stands.</summary>
    public ByteRange Target { get; private set; }

    /// <summary>The form of the target.</summary>
    public TargetForm Form { get; private set; }

    /// <summary>
    /// Where the name of the host stands as the client wrote it, perhaps with a port: the value of Host, or if that is
    /// missing or empty a part of the target. Empty if there is none. Whether it is a valid name is for routing to say.
    /// </summary>
    public readonly ByteRange Host => _hostField.IsEmpty ? _targetHost : _hostField;

    /// <summary>Whether the version is HTTP/1.0; otherwise it is HTTP/1.1.</summary>
    public bool IsHttp10 { get; private set; }

    /// <summary>How the end of the body is found: None, Length or Chunked.</summary>
    public BodyFraming Body { get; private set; }

    /// <summary>Which fields there are.</summary>
    public readonly FieldKinds Fields => _fields.Present;

    /// <summary>What Connection says.</summary>
    public readonly ConnectionOptions Connection => _fields.Connection;

    /// <summary>Whether the client means to send another request on this connection.</summary>
    public readonly bool KeepsAlive => _fields.KeepsAlive(IsHttp10);

    /// <summary>
    /// Whether the client asks for another protocol (RFC 9110 §7.8), so that an answer of 101 may follow. Never in HTTP/1.0.
    /// </summary>
    public readonly bool WantsUpgrade => !IsHttp10 && _fields.Connection.Upgrade && (Fields & FieldKinds.Upgrade) != 0;

    /// <summary>
    /// Whether an Upgrade field offers HTTP/2 in the clear, after which requests could no longer be told apart: the offer
    /// must not be sent on.
    /// </summary>
    public readonly bool OffersH2c => _fields.OffersH2c;

    /// <summary>Whether the client waits for 100 (Continue) before it sends the body (RFC 9110 §10.1.1). Never in HTTP/1.0.</summary>
    public readonly bool ExpectsContinue => !IsHttp10 && _fields.ExpectsContinue;

    readonly bool IHead.HasStartLine => _hasRequestLine;

    /// <summary>Answers for the whole of <paramref name="received"/>: the bytes of the call before, and those that came since.</summary>
    /// <param name="received">Everything received of this request so far, from its first byte.</param>
    /// <param name="maxBytes">The most bytes that the head may take.</param>
    /// <returns>Once it is other than NeedMore it is final.</returns>
    public HeadAnswer Read(in ReadOnlySequence<byte> received, int maxBytes) => _scan.Read(ref this, received, maxBytes);

    string? IHead.Take(ReadOnlySpan<byte> line, int start)
    {
        if (line.IsEmpty) return null;
        if (!_hasRequestLine) return TakeRequestLine(line, start);
        if (_fields.Take(line, start, out var field, out var kind) is { } reason) return reason;
        return kind is FieldKinds.Host ? TakeHost(field, start) : null;
    }

    string? IHead.End(in ReceivedBytes bytes)
    {
        if (!IsHttp10 && !_hasHostField) return "an HTTP/1.1 request has no Host";
        if (_hasHostField && !_targetHost.IsEmpty && !IsSameHost(bytes)) return "the request target and Host name different hosts";
        if (_fields.ReadFraming(IsHttp10, out var body) is { } reason) return reason;
        Body = body;
        if (body is { Kind: BodyKind.None } or { Kind: BodyKind.Length, Length: 0 }) return null;
        return Method switch
        {
            RequestMethod.Connect or RequestMethod.Trace => "a request with CONNECT or TRACE has a body",
            RequestMethod.Get or RequestMethod.Head or RequestMethod.Delete when IsHttp10 => "a request with GET, HEAD or DELETE in HTTP/1.0 has a body",
            _ => null,
        };
    }

    private string? TakeRequestLine(ReadOnlySpan<byte> line, int start)
    {
        if (RequestLine.Read(line, out var request) is { } reason) return reason;
        if (!Token.Is(request.Method)) return "the method is not a token";
        if (RequestMethods.IsInOtherCase(request.Method)) return "the method is a known one but for its case";
        if (request.Target.Contains((byte)'#')) return "there is a fragment in the request target";
        if (request.MinorVersion > 1) return "the HTTP version is neither 1.0 nor 1.1";

        _hasRequestLine = true;
        Method = RequestMethods.Of(request.Method);
        MethodName = new ByteRange(start, request.Method.Length);
        Target = new ByteRange(MethodName.End + 1, request.Target.Length);
        Form = request.Form;
        IsHttp10 = request.IsHttp10;
        if (line.Overlaps(request.TargetAuthority, out var authority)) _targetHost = new ByteRange(start + authority, request.TargetAuthority.Length);
        return _targetHost.Length > PeekResult.MaxNameLength ? "the authority of the request target is longer than any host name" : null;
    }

    private string? TakeHost(in FieldLine field, int start)
    {
        if (_hasHostField) return "there are two Host fields";
        _hasHostField = true;
        _hostField = new ByteRange(start + field.ValueStart, field.Value.Length);
        return _hostField.Length > PeekResult.MaxNameLength ? "the Host is longer than any host name" : null;
    }

    private readonly bool IsSameHost(in ReceivedBytes bytes)
    {
        Span<byte> target = stackalloc byte[_targetHost.Length], host = stackalloc byte[_hostField.Length];
        bytes.CopyTo(_targetHost.Start, target);
        bytes.CopyTo(_hostField.Start, host);
        return Authority.IsSameHost(target, host);
    }
}
