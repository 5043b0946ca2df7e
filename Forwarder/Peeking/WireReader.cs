using System.Buffers.Binary;

namespace SniForward.Peeking;

/// <summary>
/// Reads the fields of a TLS structure (RFC 8446 §3) from the front of a span. Nothing is read beyond its end: a
/// field that does not fit answers false, and then the reader is of no more use.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsEmpty => _rest.IsEmpty;

    public bool TryByte(out byte value)
    {
        if (!TryTake(1, out var field))
        {
            value = 0;
            return false;
        }

        value = field[0];
        return true;
    }

    public bool TryUInt16(out ushort value)
    {
        if (!TryTake(2, out var field))
        {
            value = 0;
            return false;
        }

        value = BinaryPrimitives.ReadUInt16BigEndian(field);
        return true;
    }

    /// <summary>A vector whose length is one byte: <c>opaque v&lt;0..255&gt;</c>.</summary>
    public bool TryVector8(out ReadOnlySpan<byte> value)
    {
        value = default;
        return TryByte(out var length) && TryTake(length, out value);
    }

    /// <summary>A vector whose length is two bytes: <c>opaque v&lt;0..2^16-1&gt;</c>.</summary>
    public bool TryVector16(out ReadOnlySpan<byte> value)
    {
        value = default;
        return TryUInt16(out var length) && TryTake(length, out value);
    }

    public bool TryTake(int count, out ReadOnlySpan<byte> value)
    {
        if (count > _rest.Length)
        {
            value = default;
            return false;
        }

        value = _rest[..count];
        _rest = _rest[count..];
        return true;
    }
}
