using System.Buffers;
using SniForward.Peeking;

namespace SniForward.Framing;

/// <summary>
/// Reads the head of an HTTP/1 answer, as strictly as <see cref="RequestHead"/> and in the same way. After one that
/// <see cref="IsInterim"/> another head follows.
/// </summary>
/// <param name="method">The method of the request that is answered.</param>
internal struct ResponseHead(RequestMethod method) : IHead
{
    private HeadScan _scan;
    private MessageFields _fields;

    /// <summary>Why it is malformed: a constant text; null otherwise.</summary>
    public readonly string? Reason => _scan.Reason;

    /// <summary>The length of the head in bytes, with the empty line that ends it: where its body starts.</summary>
    public readonly int Length => _scan.Length;

    /// <summary>The status code, 100 to 999.</summary>
    public int Status { get; private set; }

    /// <summary>Whether the version is HTTP/1.0; otherwise it is HTTP/1.1.</summary>
    public bool IsHttp10 { get; private set; }

    /// <summary>Whether the answer proper is still to come (RFC 9110 §15.2).</summary>
    public readonly bool IsInterim => Status is >= 100 and < 200 and not StatusLine.SwitchingProtocols;

    /// <summary>How the end of the body is found.</summary>
    public BodyFraming Body { get; private set; }

    /// <summary>Which fields there are.</summary>
    public readonly FieldKinds Fields => _fields.Present;

    /// <summary>What Connection says.</summary>
    public readonly ConnectionOptions Connection => _fields.Connection;

    /// <summary>Whether the connection may be used again once the body has ended.</summary>
    public readonly bool KeepsAlive => Body.Kind is not (BodyKind.UntilClose or BodyKind.Tunnel) && _fields.KeepsAlive(IsHttp10);

    readonly bool IHead.HasStartLine => Status != 0;

    /// <summary>Answers for the whole of <paramref name="received"/>: the bytes of the call before, and those that came since.</summary>
    /// <param name="received">Everything received of this answer so far, from its first byte.</param>
    /// <param name="maxBytes">The most bytes that the head may take.</param>
    /// <returns>Once it is other than NeedMore it is final.</returns>
    public HeadAnswer Read(in ReadOnlySequence<byte> received, int maxBytes) => _scan.Read(ref this, received, maxBytes);

    string? IHead.Take(ReadOnlySpan<byte> line, int start)
    {
        if (Status != 0) return _fields.Take(line, start, out _, out _);
        if (StatusLine.Read(line, out var status) is { } reason) return reason;
        (Status, IsHttp10) = (status.Code, status.IsHttp10);
        return null;
    }

    string? IHead.End(in ReceivedBytes bytes)
    {
        if (_fields.ReadFraming(IsHttp10, out var framing) is { } reason) return reason;

        // RFC 9112 §6.3, in its order.
        var isBodiless = Status is >= 100 and < 200 or StatusLine.NoContent;
        if (isBodiless && framing is not ({ Kind: BodyKind.None } or { Kind: BodyKind.Length, Length: 0 })) return "an answer of 1xx or 204 has a body";
        if (Status == StatusLine.SwitchingProtocols || (method is RequestMethod.Connect && Status is >= 200 and < 300)) Body = new BodyFraming(BodyKind.Tunnel);
        else if (isBodiless || Status == StatusLine.NotModified || method is RequestMethod.Head) Body = default;
        else if (framing.Kind is BodyKind.None) Body = new BodyFraming(BodyKind.UntilClose);
        else Body = framing;
        return null;
    }
}
