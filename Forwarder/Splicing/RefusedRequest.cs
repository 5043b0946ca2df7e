namespace SniForward.Splicing;

/// <summary>What the answer to a request that is refused depends on, besides why.</summary>
internal readonly ref struct RefusedRequest
{
    /// <summary>When it is answered.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Whether its method is HEAD: the answer has no content then (RFC 9110 §9.3.2).</summary>
    public bool IsHead { get; init; }

    /// <summary>The HTTP/2 stream that it came on; 0: there was none.</summary>
    public int StreamId { get; init; }

    /// <summary>Where it is to be sent instead, a URI (RFC 9110 §10.2.2); empty: nowhere.</summary>
    public ReadOnlySpan<byte> Location { get; init; }

    /// <summary>In how many seconds it might not be refused any more; 0: nobody knows.</summary>
    public int RetryAfter { get; init; }
}
