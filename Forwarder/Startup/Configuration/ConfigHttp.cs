using SniForward.Framing;

namespace SniForward.Startup.Configuration;

/// <summary>Reads what a <c>[[listener]]</c> says of HTTP: <c>http_routing</c>, and what goes with it.</summary>
internal static class ConfigHttp
{
    private const string ForEachRequest = "http_routing = \"request\"";

    private static readonly (string, bool)[] Routings = [("connection", false), ("request", true)];

    private static readonly (string, ForwardedStyle)[] Styles =
        [("off", ForwardedStyle.Off), ("x-forwarded", ForwardedStyle.XForwarded), ("forwarded", ForwardedStyle.Forwarded)];

    /// <summary>Null: the first request of a connection decides for all.</summary>
    /// <param name="section">The listener.</param>
    /// <param name="peek">Whether it peeks.</param>
    /// <param name="trusted">Whom it trusts.</param>
    public static HttpConfig? Read(ConfigSection section, bool peek, InboundProxy trusted)
    {
        // Whoever mistypes it means the choice that is not the default.
        bool isByRequest = section.Choice("http_routing", section.Has("http_routing"), Routings);
        var style = section.Choice("forwarded", ForwardedStyle.Off, Styles);
        var rate = ConfigRate.Read(section, "requests_per_client");
        foreach (string key in new[] { "forwarded", "requests_per_client" })
        {
            if (!isByRequest && section.Has(key))
                section.Refuse($"{key} needs requests to be looked at one by one; write {ForEachRequest} too, or remove it");
        }

        if (isByRequest && !peek)
            section.Refuse($"with peek = false nothing is read, so requests cannot be routed; remove it or {ForEachRequest}");
        return isByRequest ? new(style, section.Has("trusted_proxies") ? trusted : null, rate.PerSecond, rate.Burst) : null;
    }
}
