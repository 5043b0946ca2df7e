using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace SniForward.Startup.Configuration;

/// <summary>Reads <c>[dns]</c>.</summary>
internal static class ConfigDns
{
    private const int DnsPort = 53;

    public static DnsConfig Read(ConfigSection section)
    {
        var defaults = new DnsConfig();
        var dns = new DnsConfig
        {
            Refresh = section.Value("refresh", defaults.Refresh, ConfigValues.TryDuration, ConfigValues.ADuration),
            Servers = section.Values<IPEndPoint>("servers", TryServer),
        };
        section.RefuseOtherKeys();
        return dns;
    }

    /// <summary>"10.0.0.53", "10.0.0.53:5353" or "[fd00::53]:53".</summary>
    private static bool TryServer(string text, [MaybeNullWhen(false)] out IPEndPoint server, [NotNullWhen(false)] out string? error)
    {
        server = ConfigAddresses.TryIP(text, out var address) ? new IPEndPoint(address, DnsPort)
            : ConfigAddresses.TryServer(text, out var endPoint, out _) ? endPoint as IPEndPoint
            : null;
        error = server is null ? $"\"{text}\" is not the address of a DNS server; write \"10.0.0.53\" or \"10.0.0.53:53\"" : null;
        return server is not null;
    }
}
