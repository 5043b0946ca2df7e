using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CsCheck;
using SniForward.Peeking;
using SniForward.Selecting;
using SniForward.Tests.Peeking;

namespace SniForward.Tests.Selecting;

public sealed class ProxyHeaderWriterTests
{
    private static readonly IPEndPoint Client = IPEndPoint.Parse("192.0.2.1:56324");
    private static readonly IPEndPoint Local = IPEndPoint.Parse("198.51.100.2:443");

    [Theory]
    [InlineData("192.0.2.1:56324", "198.51.100.2:443", "PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n")]
    [InlineData("[2001:db8::1]:1", "[::1]:65535", "PROXY TCP6 2001:db8::1 ::1 1 65535\r\n")]
    [InlineData("[::ffff:192.0.2.1]:1", "[::ffff:10.0.0.1]:2", "PROXY TCP4 192.0.2.1 10.0.0.1 1 2\r\n")]
    [InlineData("192.0.2.1:1", "[2001:db8::1]:2", "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::1 1 2\r\n")]
    [InlineData("[fe80::1%3]:1", "[fe80::2]:2", "PROXY TCP6 fe80::1 fe80::2 1 2\r\n")]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 0 65535\r\n")]
    public void Version_1_is_a_line_of_text(string client, string local, string expected)
    {
        var header = new byte[ProxyHeaderWriter.MaxLength];

        var length = ProxyHeaderWriter.WriteV1(header, IPEndPoint.Parse(client), IPEndPoint.Parse(local));

        Assert.Equal(expected, Encoding.ASCII.GetString(header, 0, length));
    }

    [Fact]
    public void Version_1_knows_IP_alone()
    {
        var header = new byte[ProxyHeaderWriter.MaxLength];

        foreach (var (client, local) in new (EndPoint?, EndPoint?)[] { (null, Local), (Client, null), (new UnixDomainSocketEndPoint("/a"), new UnixDomainSocketEndPoint("/b")) })
            Assert.Equal("PROXY UNKNOWN\r\n", Encoding.ASCII.GetString(header, 0, ProxyHeaderWriter.WriteV1(header, client, local)));
    }

    [Fact]
    public void Version_2_is_as_the_specification_lays_it_out()
    {
        var header = new byte[ProxyHeaderWriter.MaxLength];

        var length = ProxyHeaderWriter.WriteV2(header, Client, Local, "a.example"u8, "h2"u8);

        byte[] expected = ProxyHeaderBuilder.Binary(0x21, 0x11,
        [
            .. ProxyHeaderBuilder.Inet, .. ProxyHeaderBuilder.Tlv(0x01, "h2"u8), .. ProxyHeaderBuilder.Tlv(0x02, "a.example"u8),
            .. ProxyHeaderBuilder.Tlv(0x03, [0, 0, 0, 0]),
        ]);
        Assert.Equal(ProxyHeaderBuilder.WithChecksum(expected), header[..length]);
    }

    [Fact]
    public void What_is_written_is_read_back() =>
        Gen.Select(GenEndPoint, GenEndPoint, Gen.Byte.Array[0, 300], Gen.Byte.Array[0, 300]).Sample((client, local, name, alpn) =>
        {
            var header = new byte[ProxyHeaderWriter.MaxLength];
            var isIP = client is IPEndPoint && local is IPEndPoint;

            var v2 = Read(header.AsSpan(0, ProxyHeaderWriter.WriteV2(header, client, local, name, alpn)));
            var v1 = Read(header.AsSpan(0, ProxyHeaderWriter.WriteV1(header, client, local)));

            var isUnix = !isIP && (client is UnixDomainSocketEndPoint || local is UnixDomainSocketEndPoint);
            Assert.Equal((isIP || isUnix ? Text(client, isUnix) : "-", isIP || isUnix ? Text(local, isUnix) : "-"), v2);
            Assert.Equal((isIP ? Text(client, false) : "-", isIP ? Text(local, false) : "-"), v1);
        }, iter: 20_000);

    [Fact]
    public void Version_2_tells_of_TLS_that_ended_here_and_who_the_client_was()
    {
        using var key = System.Security.Cryptography.ECDsa.Create();
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=a client,O=b", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        using var client = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));

        // Flags, four bytes of a good verification, then version and common name, each behind its type and length.
        Assert.Equal([0x01, 0, 0, 0, 0, 0x21, 0, 7, .. "TLSv1.3"u8], ProxySsl.Of(System.Security.Authentication.SslProtocols.Tls13, null));
        Assert.Equal(
            [0x07, 0, 0, 0, 0, 0x21, 0, 7, .. "TLSv1.2"u8, 0x22, 0, 8, .. "a client"u8],
            ProxySsl.Of(System.Security.Authentication.SslProtocols.Tls12, client));

        var header = new byte[ProxyHeaderWriter.MaxLength];
        var length = ProxyHeaderWriter.WriteV2(header, Client, Local, [], [], [1, 0, 0, 0, 0]);
        Assert.Equal([0x20, 0, 5, 1, 0, 0, 0, 0], header[28..36]);
        Assert.Equal(43, length);
    }

    [Fact]
    public void Writing_a_header_allocates_nothing()
    {
        var header = new byte[ProxyHeaderWriter.MaxLength];
        var (client6, local6) = (IPEndPoint.Parse("[2001:db8::1]:1"), IPEndPoint.Parse("[2001:db8::2]:2"));

        Allocations.AssertNone(() => ProxyHeaderWriter.WriteV1(header, Client, Local));
        Allocations.AssertNone(() => ProxyHeaderWriter.WriteV1(header, client6, local6));
        Allocations.AssertNone(() => ProxyHeaderWriter.WriteV2(header, Client, Local, "a.example"u8, "h2"u8));
        Allocations.AssertNone(() => ProxyHeaderWriter.WriteV2(header, client6, local6, [], []));
    }

    private static Gen<EndPoint?> GenEndPoint => Gen.OneOf<EndPoint?>(
        Gen.Select(Gen.Byte.Array[4], Gen.Int[0, 65535], (bytes, port) => (EndPoint?)new IPEndPoint(new IPAddress(bytes), port)),
        Gen.Select(Gen.Byte.Array[16], Gen.Int[0, 65535], (bytes, port) => (EndPoint?)new IPEndPoint(new IPAddress(bytes), port)),
        Gen.Select(Gen.Byte.Array[4], Gen.Int[0, 65535], (bytes, port) => (EndPoint?)new IPEndPoint(new IPAddress(bytes).MapToIPv6(), port)),
        Gen.OneOf("/run/a.sock", "\0abstract", new string('p', 107)).Select(path => (EndPoint?)new UnixDomainSocketEndPoint(path)),
        Gen.Const((EndPoint?)null));

    /// <summary>As it is read back: an IPv4 address as such, and none in the place of an IP address among unix paths.</summary>
    private static string Text(EndPoint? endPoint, bool isUnix) => endPoint switch
    {
        IPEndPoint when isUnix => "-",
        IPEndPoint { Address: { IsIPv4MappedToIPv6: true } address, Port: var port } => new IPEndPoint(address.MapToIPv4(), port).ToString(),
        null => "-",
        _ => endPoint.ToString() ?? "-",
    };

    private static (string, string) Read(ReadOnlySpan<byte> header)
    {
        var result = new ProxyHeaderResult();
        Assert.Equal(PeekAnswer.Found, ProxyHeader.Read(new ReadOnlySequence<byte>(header.ToArray()), header.Length, ref result));
        Assert.Equal(header.Length, result.Length);
        return (result.Source?.ToString() ?? "-", result.Destination?.ToString() ?? "-");
    }
}
