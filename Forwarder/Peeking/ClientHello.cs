using System.Buffers;

namespace SniForward.Peeking;

/// <summary>
/// Reads a ClientHello over any split into TLS records (RFC 8446 §5.1) and into deliveries. It remembers how far it
/// walked the records, so that the work is linear in the bytes received however few come at a time.
/// </summary>
internal struct ClientHello
{
    private const byte HandshakeRecord = 0x16;
    private const byte ClientHelloMessage = 0x01;
    private const byte MajorVersion = 0x03;
    private const byte Ssl2Header = 0x80;
    private const int Ssl2HeaderLength = 5;
    private const int RecordHeaderLength = 5;
    private const int MessageHeaderLength = 4;
    private const int MaxFragmentLength = 0x4000;

    // Offsets count from the start of the connection, lengths of the message include its header.
    private int _offset;
    private int _fragmentLeft;
    private int _walked;
    private uint _messageHeader;

    private readonly int MessageLength => MessageHeaderLength + (int)(_messageHeader & 0xffffff);

    /// <summary>The length of the hello's body, in bytes, once it is known to be whole.</summary>
    public readonly int BodyLength => MessageLength - MessageHeaderLength;

    /// <summary>Where the hello ends, counted from the start of the connection, once it is known to be whole.</summary>
    public readonly int End => _offset;

    private readonly bool IsMessageLengthKnown => _walked >= MessageHeaderLength;

    private readonly bool IsWhole => IsMessageLengthKnown && _walked == MessageLength;

    /// <summary>
    /// Answers for the whole of <paramref name="received"/>: the bytes of the call before, and those that came since.
    /// </summary>
    /// <param name="received">Everything received so far, from the first byte of the connection.</param>
    /// <param name="maxBytes">The most bytes that the hello may take, record headers included.</param>
    /// <param name="result">Where the findings go; the same at each call, empty at the first.</param>
    /// <returns>Once it is other than NeedMore it is final, and the reader is spent.</returns>
    public PeekAnswer Read(in ReadOnlySequence<byte> received, int maxBytes, ref PeekResult result)
    {
        if (result.Protocol is Protocols.None)
        {
            if (TryTakeOneRecord(received.FirstSpan, maxBytes, out var body))
            {
                result.Protocol = Protocols.Tls;
                return ClientHelloBody.Read(body, ref result);
            }

            var answer = Recognise(received, ref result);
            if (result.Protocol is Protocols.None || answer is PeekAnswer.Malformed) return answer;
        }

        var walked = Walk(received, maxBytes, ref result);
        return walked is PeekAnswer.Found ? ReadMessage(received, ref result) : walked;
    }

    /// <summary>Copies the body of a hello that is whole, without its record headers, into <see cref="BodyLength"/> bytes.</summary>
    public readonly void CopyBody(in ReadOnlySequence<byte> received, Span<byte> body)
    {
        var rented = ArrayPool<byte>.Shared.Rent(MessageLength);
        Gather(received, rented.AsSpan(0, MessageLength));
        rented.AsSpan(MessageHeaderLength, BodyLength).CopyTo(body);
        ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>A TLS record starts with its type, 0x14 to 0x18, and the major version; no other protocol that matters does.</summary>
    private static PeekAnswer Recognise(in ReadOnlySequence<byte> received, ref PeekResult result)
    {
        var reader = new SequenceReader<byte>(received);
        if (!reader.TryRead(out var type)) return PeekAnswer.NeedMore;
        if ((type & Ssl2Header) != 0) return RecogniseSsl2(received, ref result);
        if (type is < 0x14 or > 0x18) return PeekAnswer.NotMine;
        if (!reader.TryRead(out var major)) return PeekAnswer.NeedMore;
        if (major != MajorVersion) return PeekAnswer.NotMine;

        result.Protocol = Protocols.Tls;
        return type == HandshakeRecord
            ? PeekAnswer.NeedMore
            : Malformed("the first TLS record is not a handshake record", ref result);
    }

    /// <summary>The body of a hello that has come whole, in one record and one segment, as most do. False: there is more to find out.</summary>
    private bool TryTakeOneRecord(ReadOnlySpan<byte> received, int maxBytes, out ReadOnlySpan<byte> body)
    {
        body = default;
        if (received is not [HandshakeRecord, MajorVersion, _, var high, var low, ClientHelloMessage, 0x00, var lengthHigh, var lengthLow, ..]) return false;

        var fragment = high << 8 | low;
        var message = MessageHeaderLength + (lengthHigh << 8 | lengthLow);
        var end = RecordHeaderLength + message;
        if (fragment > MaxFragmentLength || message > fragment || end > received.Length || end > maxBytes) return false;

        (_offset, _walked, _fragmentLeft) = (end, message, fragment - message);
        _messageHeader = (uint)(ClientHelloMessage << 24 | message - MessageHeaderLength);
        body = received[(RecordHeaderLength + MessageHeaderLength)..end];
        return true;
    }

    /// <summary>
    /// The form of SSL 2 (RFC 5246 appendix E.2): two bytes of length, the first of them with its top bit set, the type of
    /// a ClientHello and a version. It has no room for a name, and RFC 6176 forbids it.
    /// </summary>
    private static PeekAnswer RecogniseSsl2(in ReadOnlySequence<byte> received, ref PeekResult result)
    {
        Span<byte> start = stackalloc byte[Ssl2HeaderLength];
        start = start[..(int)Math.Min(start.Length, received.Length)];
        received.Slice(0, start.Length).CopyTo(start);
        if (start is [_, _, not ClientHelloMessage, ..] or [_, _, _, not (0x00 or MajorVersion), ..] or [_, _, _, 0x00, not 0x02]) return PeekAnswer.NotMine;
        if (start.Length < Ssl2HeaderLength) return PeekAnswer.NeedMore;

        result.Protocol = Protocols.Tls;
        return Malformed("an SSL 2 hello cannot carry a server name", ref result);
    }

    /// <summary>Walks the records that came since the last call. Found: the message is whole, and ends at <see cref="_offset"/>.</summary>
    private PeekAnswer Walk(in ReadOnlySequence<byte> received, int maxBytes, ref PeekResult result)
    {
        if (_offset > received.Length) return PeekAnswer.NeedMore;

        var reader = new SequenceReader<byte>(received.Slice(_offset));
        while (!IsWhole)
        {
            if (_fragmentLeft == 0)
            {
                if (reader.Remaining < RecordHeaderLength) return PeekAnswer.NeedMore;
                if (ReadRecordHeader(ref reader) is { } reason) return Malformed(reason, ref result);
            }
            else if (!IsMessageLengthKnown)
            {
                if (!reader.TryRead(out var next)) return PeekAnswer.NeedMore;
                if (_walked == 0 && next != ClientHelloMessage) return Malformed("the first handshake message is not a ClientHello", ref result);
                _messageHeader = _messageHeader << 8 | next;
                Pass(1);
            }
            else
            {
                var fragment = Math.Min(_fragmentLeft, MessageLength - _walked);
                Pass(fragment);
                if (fragment > reader.Remaining) return PeekAnswer.NeedMore;
                reader.Advance(fragment);
            }

            if (IsMessageLengthKnown && LeastEnd() > maxBytes) return PeekAnswer.TooLarge;
        }

        return PeekAnswer.Found;
    }

    /// <summary>Why the record is malformed, or null.</summary>
    private string? ReadRecordHeader(ref SequenceReader<byte> reader)
    {
        reader.TryRead(out var type);
        reader.TryReadBigEndian(out short version);
        reader.TryReadBigEndian(out short signedLength);
        var length = (ushort)signedLength;

        if (type != HandshakeRecord) return "another kind of TLS record comes before the end of the ClientHello";
        if ((ushort)version >> 8 != MajorVersion) return "a TLS record has a major version other than 3";
        if (length == 0) return "a handshake record is empty";
        if (length > MaxFragmentLength) return "a TLS record is longer than 16384 bytes";

        _offset += RecordHeaderLength;
        _fragmentLeft = length;
        return null;
    }

    private void Pass(int count)
    {
        _offset += count;
        _fragmentLeft -= count;
        _walked += count;
    }

    /// <summary>Where the message ends at the earliest: the records to come are as few as can be.</summary>
    private readonly int LeastEnd()
    {
        var left = MessageLength - _walked;
        var inLaterRecords = Math.Max(0, left - _fragmentLeft);
        var laterRecords = (inLaterRecords + MaxFragmentLength - 1) / MaxFragmentLength;
        return _offset + left + laterRecords * RecordHeaderLength;
    }

    private readonly PeekAnswer ReadMessage(in ReadOnlySequence<byte> received, ref PeekResult result)
    {
        var length = MessageLength;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var message = rented.AsSpan(0, length);
            Gather(received, message);
            return ClientHelloBody.Read(message[MessageHeaderLength..], ref result);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Copies the message without its record headers, which were checked when they were walked.</summary>
    private static void Gather(in ReadOnlySequence<byte> received, Span<byte> message)
    {
        var reader = new SequenceReader<byte>(received);
        while (!message.IsEmpty)
        {
            reader.Advance(RecordHeaderLength - sizeof(short));
            reader.TryReadBigEndian(out short length);
            var fragment = message[..Math.Min(length, message.Length)];
            reader.TryCopyTo(fragment);
            reader.Advance(fragment.Length);
            message = message[fragment.Length..];
        }
    }

    private static PeekAnswer Malformed(string reason, ref PeekResult result)
    {
        result.Reason = reason;
        return PeekAnswer.Malformed;
    }
}
