using Microsoft.AspNetCore.Http;
using SniForward.Admin;

namespace SniForward.Tests.Admin;

public sealed class RequestOriginTests
{
    [Theory]
    [InlineData("localhost:9900", true)]
    [InlineData("LOCALHOST", true)]
    [InlineData("127.0.0.1:9900", true)]
    [InlineData("[::1]:9900", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("rebound.example:9900", false)]
    [InlineData("localhost.example", false)]
    [InlineData("127.0.0.1.example", false)]
    [InlineData("", false)]
    public void A_host_that_is_an_address_or_localhost_is_no_strangers_name(string host, bool expected) =>
        Assert.Equal(expected, RequestOrigin.NamesNoStranger(new HostString(host)));

    [Theory]
    [InlineData(true)]
    [InlineData(true, "http://admin.example:9900")]
    [InlineData(true, "https://admin.example:9900")]
    [InlineData(false, "http://admin.example")]
    [InlineData(false, "http://evil.example:9900")]
    [InlineData(false, "null")]
    [InlineData(false, "")]
    [InlineData(false, "http://admin.example:9900", "http://admin.example:9900")]
    public void A_request_is_its_own_unless_a_browser_says_otherwise(bool expected, params string[] origins)
    {
        var request = new DefaultHttpContext().Request;
        request.Host = new HostString("admin.example:9900");
        request.Headers.Origin = origins;

        Assert.Equal(expected, RequestOrigin.IsOwn(request));
    }
}
