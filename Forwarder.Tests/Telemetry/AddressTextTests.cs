using System.Net;
using System.Net.Sockets;
using System.Text;
using CsCheck;
using SniForward.Telemetry;

namespace SniForward.Tests.Telemetry;

public sealed class AddressTextTests
{
    [Fact]
    public void Addresses_are_written_as_NET_writes_them() =>
        Gen.Select(Gen.OneOf(Gen.Byte.Array[4], Gen.Byte.Array[16]), Gen.Int[0, 65535]).Sample((bytes, port) =>
        {
            var endPoint = new IPEndPoint(new IPAddress(bytes), port);

            Assert.Equal(endPoint.ToString(), Text(to => AddressText.Write(endPoint, to)));
            Assert.Equal(endPoint.ToString(), Text(to => AddressText.Write(bytes, port, to)));
        });

    [Theory]
    [InlineData("203.0.113.9:50112")]
    [InlineData("[2001:db8::1]:443")]
    [InlineData("[fe80::1%2]:443")]
    [InlineData("[::]:0")]
    public void Each_kind_of_address(string text) => Assert.Equal(text, Text(to => AddressText.Write(IPEndPoint.Parse(text), to)));

    [Fact]
    public void The_longest_path_of_a_unix_socket_fits()
    {
        var path = "/" + new string('x', 106);

        Assert.Equal($"unix:{path}", Text(to => AddressText.Write(new UnixDomainSocketEndPoint(path), to)));
    }

    [Fact]
    public void IPv4_allocates_nothing()
    {
        var to = new byte[AddressText.MostBytes];
        Allocations.AssertNone(() => AddressText.Write([192, 0, 2, 255], 65535, to));
    }

    private static string Text(Func<byte[], int> write)
    {
        var to = new byte[AddressText.MostBytes];
        return Encoding.UTF8.GetString(to, 0, write(to));
    }
}
