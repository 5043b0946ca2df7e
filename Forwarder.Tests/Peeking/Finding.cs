using System.Text;
using SniForward.Peeking;

namespace SniForward.Tests.Peeking;

/// <summary>An answer and all that goes with it, to be compared.</summary>
internal sealed record Finding(PeekAnswer Answer, Protocols Protocol, string Name, string Alpn, bool Ech, string? Reason)
{
    /// <summary>The stream of an HTTP/2 request.</summary>
    public int StreamId { get; init; }

    public static Finding Of(PeekAnswer answer, in PeekResult result) => new(
        answer, result.Protocol, Encoding.Latin1.GetString(result.Name), AlpnOf(result.Alpn), result.EncryptedClientHello, result.Reason)
    { StreamId = result.StreamId };

    private static string AlpnOf(ReadOnlySpan<byte> list)
    {
        var names = new List<string>();
        for (; !list.IsEmpty; list = list[(1 + list[0])..]) names.Add(Encoding.Latin1.GetString(list.Slice(1, list[0])));
        return string.Join(',', names);
    }
}
