using System.Net;
using SniForward.Routing;

namespace SniForward.Startup.Configuration;

/// <summary>Reads <c>proxy_protocol</c> and <c>trusted_proxies</c> of a <c>[[listener]]</c>.</summary>
internal static class ConfigProxy
{
    private const string UnixPeers = "unix:";
    private const string TrustedAdvice = "write trusted_proxies = [\"10.0.0.0/8\"], the addresses of the proxies in front";

    private static readonly (string, Mode)[] Modes = [("off", Mode.Off), ("optional", Mode.Optional), ("required", Mode.Required)];

    private enum Mode
    {
        Off,
        Optional,
        Required,
    }

    /// <summary>Null: it takes none.</summary>
    /// <param name="section">The listener.</param>
    /// <param name="peek">Whether it peeks.</param>
    /// <param name="trusted">Whom it trusts.</param>
    public static InboundProxy? Read(ConfigSection section, bool peek, InboundProxy trusted)
    {
        var mode = section.Choice("proxy_protocol", Mode.Off, Modes);
        if (mode == Mode.Off)
            return null;
        if (!peek && mode == Mode.Optional)
            section.Refuse("with peek = false nothing but a PROXY header is read, and one that may be missing cannot be waited for; write proxy_protocol = \"required\"");
        if (!section.Has("trusted_proxies"))
            section.RefuseWithout("trusted_proxies", $"whoever may write a PROXY header may claim any address; {TrustedAdvice}");
        section.RefuseEmpty("trusted_proxies", TrustedAdvice);
        return trusted with { IsRequired = mode == Mode.Required };
    }

    /// <summary>Whom <c>trusted_proxies</c> names; it takes no PROXY header for that alone.</summary>
    public static InboundProxy ReadTrusted(ConfigSection section)
    {
        var networks = new List<IPNetwork>();
        bool unix = false;
        foreach (var text in section.Strings("trusted_proxies") ?? [])
        {
            if (text.Value == UnixPeers)
                unix = true;
            else if (text.TryParse<IPNetwork>(ConfigAddresses.TryNetwork, out var network))
                networks.Add(network);
        }

        return new(IsRequired: false, new NetworkTable(networks), unix);
    }
}
