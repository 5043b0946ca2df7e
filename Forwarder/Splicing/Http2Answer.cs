using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;

namespace SniForward.Splicing;

/// <summary>A whole HTTP/2 answer to a first request, and the end of the connection (RFC 9113); HPACK without tables (RFC 7541 §6.2.2).</summary>
internal static class Http2Answer
{
    private const byte Data = 0x0, Headers = 0x1, Settings = 0x4, GoAway = 0x7;
    private const byte None = 0x0, EndStream = 0x1, EndHeaders = 0x4;
    private const int FrameHeaderLength = 9;

    // A date, two numbers and what never changes; the location comes on top.
    private const int MostFieldBytes = 256;

    // Indexes of the static table (RFC 7541 appendix A).
    private const byte StatusName = 8, ContentLengthName = 28, ContentTypeName = 31, DateName = 33, LocationName = 46, RetryAfterName = 53;

    /// <summary>NO_ERROR and PROTOCOL_ERROR (RFC 9113 §7).</summary>
    private const byte NoError = 0x0, ProtocolError = 0x1;

    /// <summary>Writes it.</summary>
    /// <param name="text">What it says; without a stream it is in the GOAWAY alone.</param>
    /// <param name="isProtocolError">Whether the client is told that it broke the protocol.</param>
    /// <param name="request">To whom.</param>
    /// <param name="to">Where it goes.</param>
    public static void Write(RefusalText text, bool isProtocolError, in RefusedRequest request, IBufferWriter<byte> to)
    {
        var content = text.Content.Span;
        WriteFrame(Settings, None, 0, [], to);
        if (request.StreamId != 0)
        {
            Span<byte> block = stackalloc byte[MostFieldBytes + request.Location.Length];
            var fields = new FieldBlock(block);
            fields.Add(StatusName, text.Status);
            fields.Add(DateName, request.Now);
            fields.Add(ContentTypeName, "text/plain"u8);
            fields.Add(ContentLengthName, content.Length);
            if (request.RetryAfter > 0) fields.Add(RetryAfterName, request.RetryAfter);
            if (!request.Location.IsEmpty) fields.Add(LocationName, request.Location);
            var ends = request.IsHead ? EndHeaders | EndStream : EndHeaders;
            WriteFrame(Headers, (byte)ends, request.StreamId, fields.Written, to);
            if (!request.IsHead) WriteFrame(Data, EndStream, request.StreamId, content, to);
        }

        Span<byte> goodbye = stackalloc byte[8 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(goodbye, request.StreamId);
        BinaryPrimitives.WriteInt32BigEndian(goodbye[4..], isProtocolError ? ProtocolError : NoError);
        content.CopyTo(goodbye[8..]);
        WriteFrame(GoAway, None, 0, goodbye, to);
    }

    private static void WriteFrame(byte type, byte flags, int streamId, ReadOnlySpan<byte> payload, IBufferWriter<byte> to)
    {
        var header = to.GetSpan(FrameHeaderLength);
        BinaryPrimitives.WriteInt32BigEndian(header, payload.Length << 8 | type);
        header[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(header[5..], streamId);
        to.Advance(FrameHeaderLength);
        to.Write(payload);
    }

    /// <summary>Literals without indexing whose names are in the static table.</summary>
    private ref struct FieldBlock(Span<byte> bytes)
    {
        // The most that an index of four bits (RFC 7541 §5.1) says without another byte.
        private const byte MostInPrefix = 14;

        private readonly Span<byte> _bytes = bytes;
        private int _length;

        public readonly ReadOnlySpan<byte> Written => _bytes[.._length];

        public void Add(byte name, int number)
        {
            Span<byte> digits = stackalloc byte[11];
            number.TryFormat(digits, out var length, default, CultureInfo.InvariantCulture);
            Add(name, digits[..length]);
        }

        public void Add(byte name, DateTimeOffset date)
        {
            Span<byte> text = stackalloc byte[29];
            date.TryFormat(text, out var length, "R", CultureInfo.InvariantCulture);
            Add(name, text[..length]);
        }

        /// <param name="name">Its index.</param>
        /// <param name="value">As it is, not coded.</param>
        public void Add(byte name, scoped ReadOnlySpan<byte> value)
        {
            if (name > MostInPrefix)
            {
                _bytes[_length++] = MostInPrefix + 1;
                name -= MostInPrefix + 1;
            }
            _bytes[_length++] = name;
            AddLength(value.Length);
            value.CopyTo(_bytes[_length..]);
            _length += value.Length;
        }

        /// <summary>An integer of seven bits (RFC 7541 §5.1).</summary>
        private void AddLength(int length)
        {
            const int MostInByte = 127;
            _bytes[_length++] = (byte)Math.Min(length, MostInByte);
            if (length < MostInByte) return;
            for (length -= MostInByte; length >= 128; length >>= 7) _bytes[_length++] = (byte)(length | 128);
            _bytes[_length++] = (byte)length;
        }
    }
}
