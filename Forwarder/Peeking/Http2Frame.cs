using System.Buffers;
using System.Buffers.Binary;

namespace SniForward.Peeking;

/// <summary>The header of an HTTP/2 frame (RFC 9113 §4.1).</summary>
/// <param name="Length">The length of its payload, in bytes, 0 to 2^24 - 1.</param>
/// <param name="Type">Its type, perhaps one that has no name here.</param>
/// <param name="Flags">What they mean depends on the type.</param>
/// <param name="StreamId">Its stream, without the reserved bit; 0: the connection.</param>
internal readonly record struct Http2Frame(int Length, Http2FrameType Type, byte Flags, int StreamId)
{
    /// <summary>The length of a frame's header, in bytes.</summary>
    public const int HeaderLength = 9;

    /// <summary>The longest payload, in bytes, before a server has allowed more (§6.5.2).</summary>
    public const int MaxLength = 16_384;

    private const byte Ack = 0x01, EndHeaders = 0x04, Padded = 0x08, HasPriority = 0x20;
    private const int PriorityLength = 5, PingLength = 8, WindowUpdateLength = 4, SettingLength = 6;

    /// <summary>Whether it ends a header block; only of HEADERS and CONTINUATION.</summary>
    public bool EndsHeaders => (Flags & EndHeaders) != 0;

    /// <summary>Reads the header at <paramref name="offset"/>, where it is whole.</summary>
    public static Http2Frame At(in ReadOnlySequence<byte> received, int offset)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        received.Slice(offset, HeaderLength).CopyTo(header);
        return new Http2Frame(
            header[0] << 16 | BinaryPrimitives.ReadUInt16BigEndian(header[1..]),
            (Http2FrameType)header[3],
            header[4],
            BinaryPrimitives.ReadInt32BigEndian(header[5..]) & int.MaxValue);
    }

    /// <summary>Why a client may not send it as its first frame, or null (§3.4).</summary>
    public string? WhyNotFirst() =>
        Type is Http2FrameType.Settings && (Flags & Ack) == 0 ? null : "the first HTTP/2 frame is not the client's settings";

    /// <summary>Why a client may not send it between its settings and the end of its first header block, or null.</summary>
    /// <param name="request">The stream whose header block has begun; 0: none has.</param>
    public string? WhyNot(int request)
    {
        if (Length > MaxLength) return "an HTTP/2 frame is longer than 16384 bytes";
        if (request != 0)
            return Type is Http2FrameType.Continuation && StreamId == request ? null : "another HTTP/2 frame comes inside the first header block";

        return Type switch
        {
            Http2FrameType.Headers => StreamId % 2 == 1 ? null : "the first HTTP/2 request is not on a client's stream",
            Http2FrameType.Settings when StreamId != 0 => "HTTP/2 settings are sent on a stream",
            Http2FrameType.Settings when (Flags & Ack) != 0 => Length == 0 ? null : "an HTTP/2 settings acknowledgement is not empty",
            Http2FrameType.Settings => Length % SettingLength == 0 ? null : "HTTP/2 settings do not fill their frame exactly",
            Http2FrameType.Priority => Length == PriorityLength && StreamId != 0 ? null : "an HTTP/2 PRIORITY frame is malformed",
            Http2FrameType.Ping => Length == PingLength && StreamId == 0 ? null : "an HTTP/2 PING frame is malformed",
            Http2FrameType.WindowUpdate => Length == WindowUpdateLength && StreamId == 0 ? null : "an HTTP/2 WINDOW_UPDATE frame is malformed, or of a stream that is not open",
            Http2FrameType.GoAway => "the HTTP/2 client ends the connection before its first request",
            <= Http2FrameType.Continuation => "an HTTP/2 frame of a request comes before the request",
            _ => null,
        };
    }

    /// <summary>Takes what is no part of the header block off the payload of a HEADERS frame (§6.2). False if it does not fit.</summary>
    public bool TryStrip(ref ReadOnlySequence<byte> payload)
    {
        var padding = 0;
        if ((Flags & Padded) != 0)
        {
            if (payload.IsEmpty) return false;
            padding = payload.FirstSpan[0];
            payload = payload.Slice(1);
        }
        var priority = (Flags & HasPriority) != 0 ? PriorityLength : 0;
        if (priority + padding > payload.Length) return false;
        payload = payload.Slice(priority, payload.Length - priority - padding);
        return true;
    }
}
