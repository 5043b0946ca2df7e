using System.Buffers;

namespace SniForward.Framing;

/// <summary>
/// Writes heads as they are to be sent on: as they were received, but without the fields that were meant for this hop
/// only, and with those for the next. Nothing else changes: neither order, nor case, nor spaces.
/// </summary>
internal static class HeadWriter
{
    /// <summary>Writes a request's head.</summary>
    /// <param name="received">What the head was found in.</param>
    /// <param name="head">The head.</param>
    /// <param name="connection">What the server is told of its connection.</param>
    /// <param name="forwarded">What the server is told of the client.</param>
    /// <param name="output">Where the head is written to.</param>
    public static void Write(in ReadOnlySequence<byte> received, in RequestHead head, HopConnection connection, in ForwardedFields forwarded, IBufferWriter<byte> output)
    {
        HeadCopy.Write(received, LeftOut(connection) | forwarded.LeftOut, head.Connection, output);
        forwarded.Write(received, head, output);
        WriteConnection(connection, head.IsHttp10, output);
        output.Write("\r\n"u8);
    }

    /// <summary>Writes an answer's head.</summary>
    /// <param name="received">What the head was found in.</param>
    /// <param name="head">The head.</param>
    /// <param name="connection">What the client is told of its connection.</param>
    /// <param name="output">Where the head is written to.</param>
    public static void Write(in ReadOnlySequence<byte> received, in ResponseHead head, HopConnection connection, IBufferWriter<byte> output)
    {
        // The protocols that an answer of 426 asks for are in Upgrade (RFC 9110 §15.5.22), which goes with Connection.
        var asksForOthers = head.Status == StatusLine.UpgradeRequired && (head.Fields & FieldKinds.Upgrade) != 0;
        HeadCopy.Write(received, LeftOut(asksForOthers ? HopConnection.Upgrade : connection), head.Connection, output);
        if (asksForOthers) WriteConnection(HopConnection.Upgrade, head.IsHttp10, output);
        WriteConnection(connection, head.IsHttp10, output);
        output.Write("\r\n"u8);
    }

    private static FieldKinds LeftOut(HopConnection connection) =>
        connection is HopConnection.Upgrade ? FieldKinds.HopByHop & ~FieldKinds.Upgrade : FieldKinds.HopByHop;

    /// <summary>HTTP/1.1 connections stay unless told otherwise, HTTP/1.0's end (RFC 9112 §9.3).</summary>
    private static void WriteConnection(HopConnection connection, bool isHttp10, IBufferWriter<byte> output)
    {
        if (connection is HopConnection.Upgrade) output.Write("Connection: Upgrade\r\n"u8);
        else if (connection is HopConnection.Close) output.Write("Connection: close\r\n"u8);
        else if (isHttp10) output.Write("Connection: keep-alive\r\n"u8);
    }
}
