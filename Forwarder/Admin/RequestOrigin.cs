using System.Net;
using Microsoft.AspNetCore.Http;

namespace SniForward.Admin;

/// <summary>
/// Where a request comes from, as far as a browser tells: another site's page must neither change anything nor, through a
/// name of its own that it leads to this address (DNS rebinding), read anything.
/// </summary>
internal static class RequestOrigin
{
    /// <summary>Whether the host that the request names is an address or localhost, and so no name of a stranger's.</summary>
    public static bool NamesNoStranger(HostString host) =>
        host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host.Host.Trim('[', ']'), out _);

    /// <summary>Whether no other site's page sent it: its Origin (RFC 6454), if a browser sent one, is this listener itself.</summary>
    public static bool IsOwn(HttpRequest request)
    {
        var origin = request.Headers.Origin;
        if (origin.Count == 0) return true;
        // A proxy in front may have ended TLS.
        return origin.Count == 1 && (origin[0] == $"http://{request.Host}" || origin[0] == $"https://{request.Host}");
    }
}
