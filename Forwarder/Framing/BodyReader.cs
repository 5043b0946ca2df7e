namespace SniForward.Framing;

/// <summary>
/// Tells which of the bytes that follow a head belong to its message, and when that ends. What came before is not needed again.
/// </summary>
internal struct BodyReader
{
    private readonly BodyKind _kind;
    private long _left;
    private ChunkedBody _chunks;

    /// <param name="framing">How the head says that the end is found.</param>
    public BodyReader(BodyFraming framing)
    {
        _kind = framing.Kind;
        _left = framing.Length;
    }

    /// <summary>Why the body is malformed: a constant text; null otherwise.</summary>
    public readonly string? Reason => _chunks.Reason;

    /// <summary>Whether every byte of the message has come.</summary>
    public readonly bool HasEnded => _kind switch
    {
        BodyKind.UntilClose or BodyKind.Tunnel => false,
        BodyKind.Chunked => _chunks.HasEnded,
        _ => _left == 0,
    };

    /// <summary>Whether the message is whole if the connection ends here.</summary>
    public readonly bool MayEnd => HasEnded || _kind is BodyKind.UntilClose or BodyKind.Tunnel;

    /// <summary>
    /// How many of the next bytes belong to the message whatever they are, so that they may be moved on without being
    /// looked at, and passed over by <see cref="Pass"/>.
    /// </summary>
    public readonly long Certain => _kind switch
    {
        BodyKind.UntilClose or BodyKind.Tunnel => long.MaxValue,
        BodyKind.Chunked => _chunks.Certain,
        _ => _left,
    };

    /// <summary>Passes over <paramref name="count"/> bytes, from 0 up to <see cref="Certain"/>.</summary>
    public void Pass(long count)
    {
        if (_kind is BodyKind.Chunked) _chunks.Pass(count);
        else if (_kind is BodyKind.Length) _left -= count;
    }

    /// <summary>Reads the next bytes.</summary>
    /// <param name="bytes">Any number of them; they may go on beyond the message.</param>
    /// <param name="taken">How many of them belong to the message; of those of a malformed one, how many are right.</param>
    public BodyAnswer Read(ReadOnlySpan<byte> bytes, out int taken)
    {
        if (_kind is BodyKind.Chunked) return _chunks.Read(bytes, out taken);
        taken = (int)Math.Min(bytes.Length, Certain);
        Pass(taken);
        return HasEnded ? BodyAnswer.Ended : BodyAnswer.More;
    }
}
