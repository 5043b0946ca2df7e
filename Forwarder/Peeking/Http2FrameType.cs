namespace SniForward.Peeking;

/// <summary>The frames of HTTP/2 (RFC 9113 §6). Any other type is an extension, and skipped (§5.5).</summary>
internal enum Http2FrameType : byte
{
    Data = 0x00,
    Headers = 0x01,
    Priority = 0x02,
    ResetStream = 0x03,
    Settings = 0x04,
    PushPromise = 0x05,
    Ping = 0x06,
    GoAway = 0x07,
    WindowUpdate = 0x08,
    Continuation = 0x09,
}
