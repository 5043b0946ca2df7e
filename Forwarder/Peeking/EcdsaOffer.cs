using System.Buffers;
using System.Buffers.Binary;

namespace SniForward.Peeking;

/// <summary>
/// Whether a client takes a certificate with an ECDSA key; asked only where TLS ends here and there is such a certificate to
/// choose, for most connections need not know.
/// </summary>
internal static class EcdsaOffer
{
    private const ushort SignatureAlgorithms = 0x000d;
    private const int RandomLength = 32;

    // The first byte of every suite of TLS 1.3 (RFC 8446 §B.4), which say nothing of the certificate.
    private const byte Tls13Suites = 0x13;

    // TLS_ECDHE_ECDSA_*: RFC 8422 §6, RFC 5289, RFC 7905, RFC 7251.
    private static ReadOnlySpan<ushort> EcdsaSuites => [0xc009, 0xc00a, 0xc023, 0xc024, 0xc02b, 0xc02c, 0xc0ac, 0xc0ad, 0xc0ae, 0xc0af, 0xcca9];

    // ECDSA with SHA-2 (RFC 8446 §4.2.3); nobody signs with SHA-1 any more.
    private static ReadOnlySpan<ushort> EcdsaAlgorithms => [0x0403, 0x0503, 0x0603];

    /// <summary>Whether the hello in <paramref name="received"/> offers it; false too if that is no whole, well-formed hello.</summary>
    /// <param name="received">A first flight from its first byte, over any records.</param>
    public static bool Of(in ReadOnlySequence<byte> received)
    {
        var hello = new ClientHello();
        var found = new PeekResult();
        if (hello.Read(received, int.MaxValue, ref found) is not (PeekAnswer.Found or PeekAnswer.NoName)) return false;

        var body = ArrayPool<byte>.Shared.Rent(hello.BodyLength);
        hello.CopyBody(received, body);
        var offers = OfBody(body.AsSpan(0, hello.BodyLength));
        ArrayPool<byte>.Shared.Return(body);
        return offers;
    }

    private static bool OfBody(ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        reader.TryTake(sizeof(ushort) + RandomLength, out _);
        reader.TryVector8(out _);
        reader.TryVector16(out var suites);
        reader.TryVector8(out _);
        reader.TryVector16(out var extensions);
        if (!HasOne(suites, EcdsaSuites) && !HasTls13(suites)) return false;

        for (var rest = new WireReader(extensions); rest.TryUInt16(out var type) && rest.TryVector16(out var data);)
        {
            if (type == SignatureAlgorithms) return new WireReader(data) is var list && list.TryVector16(out var algorithms) && HasOne(algorithms, EcdsaAlgorithms);
        }
        return false;
    }

    private static bool HasTls13(ReadOnlySpan<byte> suites)
    {
        for (var rest = suites; rest.Length >= sizeof(ushort); rest = rest[sizeof(ushort)..])
        {
            if (rest[0] == Tls13Suites) return true;
        }
        return false;
    }

    private static bool HasOne(ReadOnlySpan<byte> offered, ReadOnlySpan<ushort> wanted)
    {
        for (var rest = offered; rest.Length >= sizeof(ushort); rest = rest[sizeof(ushort)..])
        {
            if (wanted.Contains(BinaryPrimitives.ReadUInt16BigEndian(rest))) return true;
        }
        return false;
    }
}
