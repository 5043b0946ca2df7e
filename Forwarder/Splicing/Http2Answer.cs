using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace SniForward.Splicing;

/// <summary>A whole HTTP/2 answer to a first request, and the end of the connection (RFC 9113); HPACK without tables (RFC 7541 §6.2.2).</summary>
internal static class Http2Answer
{
    private const byte Data = 0x0, Headers = 0x1, Settings = 0x4, GoAway = 0x7;
    private const byte EndStream = 0x1, EndHeaders = 0x4;

    // Indexes of the static table (RFC 7541 appendix A).
    private const byte StatusName = 8, ContentLengthName = 28, ContentTypeName = 31;

    /// <summary>NO_ERROR and PROTOCOL_ERROR (RFC 9113 §7).</summary>
    private const byte NoError = 0x0, ProtocolError = 0x1;

    /// <summary>Makes it.</summary>
    /// <param name="text">What it says.</param>
    /// <param name="streamId">The request's; 0: there was none, and the text is in the GOAWAY alone.</param>
    /// <param name="isProtocolError">Whether the client is told that it broke the protocol.</param>
    public static byte[] Make(RefusalText text, int streamId, bool isProtocolError)
    {
        var line = Encoding.ASCII.GetBytes(text.Line + "\n");
        var answer = new List<byte>(256);
        Append(answer, Settings, 0, 0, []);
        if (streamId != 0)
        {
            Append(answer, Headers, EndHeaders, streamId,
            [
                .. Field(StatusName, text.Status.ToString(CultureInfo.InvariantCulture)),
                .. Field(ContentTypeName, "text/plain"),
                .. Field(ContentLengthName, line.Length.ToString(CultureInfo.InvariantCulture)),
            ]);
            Append(answer, Data, EndStream, streamId, line);
        }
        Append(answer, GoAway, 0, 0, [.. UInt32(streamId), 0, 0, 0, isProtocolError ? ProtocolError : NoError, .. line]);
        return [.. answer];
    }

    private static void Append(List<byte> answer, byte type, byte flags, int streamId, byte[] payload) =>
        answer.AddRange([.. UInt32(payload.Length << 8 | type), flags, .. UInt32(streamId), .. payload]);

    /// <summary>A literal without indexing whose name is in the static table; its value is shorter than 127 bytes.</summary>
    private static byte[] Field(byte name, string value)
    {
        byte[] index = name < 15 ? [name] : [0x0f, (byte)(name - 15)];
        return [.. index, (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];
    }

    private static byte[] UInt32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
