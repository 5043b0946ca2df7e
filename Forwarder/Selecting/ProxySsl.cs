using System.Buffers.Binary;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SniForward.Transport.Tls;

namespace SniForward.Selecting;

/// <summary>What a server is told of TLS that ends here: PP2_TYPE_SSL of HAProxy's proxy-protocol.txt (§2.2.6).</summary>
internal static class ProxySsl
{
    private const byte OverTls = 0x01, CertificateOnConnection = 0x02, CertificateInSession = 0x04;
    private const byte VersionType = 0x21, CommonNameType = 0x22;
    private const int TlvHeaderLength = 3;

    /// <summary>The field's value: the version, and the common name of a certificate that the client has shown and that was verified.</summary>
    public static byte[] Of(TlsSocket tls) => Of(tls.Protocol, tls.RemoteCertificate as X509Certificate2);

    /// <inheritdoc cref="Of(TlsSocket)"/>
    public static byte[] Of(SslProtocols protocol, X509Certificate2? client)
    {
        var version = protocol switch
        {
            SslProtocols.Tls13 => "TLSv1.3"u8,
            SslProtocols.Tls12 => "TLSv1.2"u8,
            _ => [],
        };
        var name = Encoding.UTF8.GetBytes(client?.GetNameInfo(X509NameType.SimpleName, forIssuer: false) ?? "");
        if (name.Length > ProxyHeaderWriter.MaxValueLength / 2) name = [];

        // Verified, or there would be no connection: the four bytes of the result are zero.
        byte[] fixedPart = [(byte)(client is null ? OverTls : OverTls | CertificateOnConnection | CertificateInSession), 0, 0, 0, 0];
        return [.. fixedPart, .. Tlv(VersionType, version), .. Tlv(CommonNameType, name)];
    }

    private static byte[] Tlv(byte type, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return [];
        var field = new byte[TlvHeaderLength + value.Length];
        field[0] = type;
        BinaryPrimitives.WriteUInt16BigEndian(field.AsSpan(1), (ushort)value.Length);
        value.CopyTo(field.AsSpan(TlvHeaderLength));
        return field;
    }
}
