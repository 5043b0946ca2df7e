using System.Buffers;
using System.Buffers.Binary;

namespace SniForward.Peeking;

/// <summary>What a ClientHello offers that decides how TLS ends here; asked only where it does, for most connections need not know.</summary>
/// <param name="Tls13">Whether TLS 1.3 is spoken (RFC 8446 §4.2.1), which then will be.</param>
/// <param name="Ecdsa">Whether a certificate with an ECDSA key is taken: by the signature algorithms, and for TLS 1.2 by the suites.</param>
/// <param name="EcdsaGcm">
/// Whether a suite of TLS 1.2 with forward secrecy and AES-GCM is among those for such a certificate, and P-256, which servers
/// have, among the groups: without a group in common another suite would be taken.
/// </param>
/// <param name="RsaGcm">The same for one with an RSA key.</param>
internal readonly record struct TlsOffer(bool Tls13 = false, bool Ecdsa = false, bool EcdsaGcm = false, bool RsaGcm = false)
{
    private const ushort SupportedGroups = 0x000a, SignatureAlgorithms = 0x000d, SupportedVersions = 0x002b;
    private const ushort Version13 = 0x0304;
    private const ushort P256 = 0x0017;
    private const int RandomLength = 32;

    // ECDHE_ECDSA with AES-GCM or ChaCha20 (RFC 5289 §3.2, RFC 7905 §2): the others are not spoken.
    private static ReadOnlySpan<ushort> EcdsaSuites => [0xc02b, 0xc02c, 0xcca9];

    private static ReadOnlySpan<ushort> EcdsaGcmSuites => [0xc02b, 0xc02c];

    private static ReadOnlySpan<ushort> RsaGcmSuites => [0xc02f, 0xc030];

    // ECDSA with SHA-2 (RFC 8446 §4.2.3); nobody signs with SHA-1 any more.
    private static ReadOnlySpan<ushort> EcdsaAlgorithms => [0x0403, 0x0503, 0x0603];

    /// <summary>What the hello in <paramref name="received"/> offers; nothing if that is no whole, well-formed hello.</summary>
    /// <param name="received">A first flight from its first byte, over any records.</param>
    public static TlsOffer Of(in ReadOnlySequence<byte> received)
    {
        var hello = new ClientHello();
        var found = new PeekResult();
        if (hello.Read(received, int.MaxValue, ref found) is not (PeekAnswer.Found or PeekAnswer.NoName)) return default;

        var body = ArrayPool<byte>.Shared.Rent(hello.BodyLength);
        hello.CopyBody(received, body);
        var offer = OfBody(body.AsSpan(0, hello.BodyLength));
        ArrayPool<byte>.Shared.Return(body);
        return offer;
    }

    private static TlsOffer OfBody(ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        reader.TryTake(sizeof(ushort) + RandomLength, out _);
        reader.TryVector8(out _);
        reader.TryVector16(out var suites);
        reader.TryVector8(out _);
        reader.TryVector16(out var extensions);

        var (tls13, ecdsa, p256) = (false, false, false);
        for (var rest = new WireReader(extensions); rest.TryUInt16(out var type) && rest.TryVector16(out var data);)
        {
            var list = new WireReader(data);
            if (type == SupportedVersions) tls13 = list.TryVector8(out var versions) && HasOne(versions, [Version13]);
            if (type == SupportedGroups) p256 = list.TryVector16(out var groups) && HasOne(groups, [P256]);
            if (type == SignatureAlgorithms) ecdsa = list.TryVector16(out var algorithms) && HasOne(algorithms, EcdsaAlgorithms);
        }
        return new TlsOffer(
            tls13, ecdsa && (tls13 || HasOne(suites, EcdsaSuites)), p256 && HasOne(suites, EcdsaGcmSuites), p256 && HasOne(suites, RsaGcmSuites));
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
