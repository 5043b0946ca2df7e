using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SniForward.Startup.Configuration;

/// <summary>Addresses to listen on and to connect to, and networks, as a configuration writes them.</summary>
internal static class ConfigAddresses
{
    /// <summary>How the address of a server begins that clients name themselves.</summary>
    public const string DynamicPrefix = "{name}:";

    private const string UnixPrefix = "unix:";

    // sun_path of unix(7) holds 108 bytes, the last of them a NUL.
    private const int LongestUnixPath = 107;

    /// <summary>"1.2.3.4:443", "[::1]:443", "*:443" and ":443" (any address, IPv4 and IPv6) or "unix:/path".</summary>
    public static bool TryBind(
        string text, [MaybeNullWhen(false)] out EndPoint value, [NotNullWhen(false)] out string? error)
    {
        if (text.StartsWith(UnixPrefix, StringComparison.Ordinal))
            return TryUnix(text, out value, out error);

        value = null;
        if (!TrySplit(text, "0.0.0.0:443", out string host, out int port, out error))
            return false;

        if (host is "" or "*")
            value = new IPEndPoint(IPAddress.IPv6Any, port);
        else if (TryIP(host, out var address))
            value = new IPEndPoint(address, port);
        else
            error = $"\"{host}\" is not an IP address, and a listener needs one; write \"127.0.0.1:{port}\" or \"[::1]:{port}\" for this machine only, \":{port}\" for every address";
        return value is not null;
    }

    /// <summary>"host:port", "1.2.3.4:80", "[::1]:80" or "unix:/path"; the port is at least 1.</summary>
    public static bool TryServer(
        string text, [MaybeNullWhen(false)] out EndPoint value, [NotNullWhen(false)] out string? error)
    {
        if (text.StartsWith(UnixPrefix, StringComparison.Ordinal))
            return TryUnix(text, out value, out error);

        value = null;
        if (!TrySplit(text, "host:port", out string host, out int port, out error))
            return false;

        if (port == 0)
            error = $"\"{text}\" has port 0, which nothing can connect to; write 1 to 65535";
        else if (TryIP(host, out var address))
            value = new IPEndPoint(address, port);
        else if (IsDnsName(host))
            value = new DnsEndPoint(host, port);
        else
            error = $"\"{host}\" is neither a host name nor an IP address; write \"host:port\", \"1.2.3.4:80\", \"[::1]:80\" or \"unix:/path\"";
        return value is not null;
    }

    /// <summary>"10.0.0.0/8", "fd00::/8", or an address for itself alone.</summary>
    public static bool TryNetwork(string text, out IPNetwork network, [NotNullWhen(false)] out string? error)
    {
        network = default;
        int slash = text.IndexOf('/');
        string host = slash < 0 ? text : text[..slash];
        if (!TryIP(host, out var address) || host.Contains('%'))
        {
            error = $"\"{text}\" is not a network; write \"10.0.0.0/8\", \"fd00::/8\" or a single address";
            return false;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            error = $"\"{text}\" is IPv4 in the form of IPv6, in which no client is seen; write it in its own, {address.MapToIPv4()}";
            return false;
        }

        int bits = address.GetAddressBytes().Length * 8;
        int prefix = bits;
        if (slash >= 0 && (!TryNumber(text.AsSpan(slash + 1), out prefix) || prefix > bits))
        {
            error = $"\"{text}\" has no good prefix length; it is 0 to {bits}, as in \"{host}/{bits}\"";
            return false;
        }

        network = new IPNetwork(Masked(address, prefix), prefix);
        error = network.BaseAddress.Equals(address) ? null
            : $"\"{text}\" has bits set behind its prefix; the network is \"{network}\", the address alone \"{host}\"";
        return error is null;
    }

    /// <summary>Dotted IPv4 in full, or IPv6; not the short, octal and hexadecimal forms that the BCL takes too.</summary>
    public static bool TryIP(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        if (!text.StartsWith('[') && IPAddress.TryParse(text, out address)
            && (address.AddressFamily == AddressFamily.InterNetworkV6 || address.ToString() == text))
            return true;

        address = null;
        return false;
    }

    private static bool TrySplit(
        string text, string example, out string host, out int port, [NotNullWhen(false)] out string? error)
    {
        int colon = text.LastIndexOf(':');
        host = colon < 0 ? text : text[..colon];
        port = 0;
        if (text.Contains("://", StringComparison.Ordinal))
            error = $"\"{text}\" is a URL; write only \"{example}\"";
        else if (colon < 0 || text.EndsWith(']'))
            error = $"\"{text}\" has no port; write \"{example}\"";
        else if (host.Contains(':') && !(host.StartsWith('[') && host.EndsWith(']')))
            error = $"\"{text}\" is not clear; an IPv6 address stands in brackets before its port, as in \"[::1]:443\"";
        else if (!TryNumber(text.AsSpan(colon + 1), out port) || port > IPEndPoint.MaxPort)
            error = $"\"{text[(colon + 1)..]}\" is not a port; write a number up to {IPEndPoint.MaxPort}";
        else
            error = null;

        if (host.Contains(':'))
            host = host.Trim('[', ']');
        return error is null;
    }

    private static bool TryUnix(
        string text, [MaybeNullWhen(false)] out EndPoint value, [NotNullWhen(false)] out string? error)
    {
        string path = text[UnixPrefix.Length..];
        value = null;
        error = path switch
        {
            "" or "@" => $"\"{text}\" has no path; write \"unix:/run/name.sock\"",
            _ when path.Contains('\0') => $"\"{text}\" holds a NUL; an abstract socket is written \"unix:@name\"",
            _ when Encoding.UTF8.GetByteCount(path) > LongestUnixPath =>
                $"\"{text}\" is too long; the path of a socket is at most {LongestUnixPath} bytes",
            _ => null,
        };
        if (error is not null)
            return false;

        // A leading NUL makes it abstract, unix(7); people and tools write it as @.
        value = new UnixDomainSocketEndPoint(path.StartsWith('@') ? $"\0{path[1..]}" : path);
        return true;
    }

    /// <summary>"{name}:443", the port alone: at least 1.</summary>
    public static bool TryDynamicPort(string text, out int port, [NotNullWhen(false)] out string? error)
    {
        error = TryNumber(text.AsSpan(DynamicPrefix.Length), out port) && port is >= 1 and <= IPEndPoint.MaxPort ? null
            : $"\"{text}\" has no good port; write \"{DynamicPrefix}443\"";
        return error is null;
    }

    /// <summary>"https", or "https:8443" for another port than 443: at least 1.</summary>
    public static bool TryHttps(string text, out int port, [NotNullWhen(false)] out string? error)
    {
        port = Redirection.DefaultPort;
        const string Prefix = "https:";
        bool good = text == "https"
            || (text.StartsWith(Prefix, StringComparison.Ordinal) && TryNumber(text.AsSpan(Prefix.Length), out port) && port is >= 1 and <= IPEndPoint.MaxPort);
        error = good ? null : $"\"{text}\" is not where a client can be sent; write \"https\", or \"https:8443\" for another port than {Redirection.DefaultPort}";
        return good;
    }

    /// <summary>Labels of 1 to 63 letters, digits, "-" and "_", 253 in all; the last is no number, or it would be a bad IPv4 address.</summary>
    public static bool IsDnsName(string host)
    {
        string name = host.EndsWith('.') ? host[..^1] : host;
        if (name.Length is 0 or > 253)
            return false;

        string[] labels = name.Split('.');
        return labels.All(l => l.Length is >= 1 and <= 63 && l.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            && !labels[^1].All(char.IsAsciiDigit);
    }

    private static IPAddress Masked(IPAddress address, int prefix)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] &= (byte)(0xFF00 >> Math.Clamp(prefix - (i * 8), 0, 8));
        return new IPAddress(bytes);
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
