using System.Buffers.Binary;
using SniForward.Tests.Peeking;

namespace SniForward.Bench.Load;

/// <summary>
/// The ClientHello that every connection begins with. The order to the origin rides in its random, which no proxy looks
/// at; so a proxy sees nothing but TLS, and the origin needs no second message.
/// </summary>
internal static class Hello
{
    /// <summary>The name that leads to the origin of small exchanges.</summary>
    public const string ExchangeName = "sub1.xyz.com";

    /// <summary>A name that no route knows: it leads to the default.</summary>
    public const string DefaultName = "other.xyz.com";

    /// <summary>The name that leads to the origin of bulk transfers.</summary>
    public const string BulkName = "sub2.xyz.com";

    /// <summary>Bytes of a record's header.</summary>
    public const int HeaderSize = 5;

    // What browsers pad theirs to (RFC 7685), with the record's header.
    private const int Size = 517;

    // After the headers of the record and of the message, and the version.
    private const int RandomOffset = HeaderSize + 4 + 2;

    public static byte[] For(string name, OriginOrder order)
    {
        var builder = HelloBuilder.For(name, "h2", "http/1.1");
        var padding = Size - builder.Records().Length - HelloBuilder.Padding(0).Length;
        var hello = (builder with { Extensions = [.. builder.Extensions ?? [], HelloBuilder.Padding(padding)] }).Records();
        hello[RandomOffset] = (byte)order;
        return hello;
    }

    /// <summary>The length of the whole record, by its header.</summary>
    public static int LengthOf(ReadOnlySpan<byte> header) => HeaderSize + BinaryPrimitives.ReadUInt16BigEndian(header[3..]);

    public static OriginOrder OrderOf(ReadOnlySpan<byte> hello) => (OriginOrder)hello[RandomOffset];
}
