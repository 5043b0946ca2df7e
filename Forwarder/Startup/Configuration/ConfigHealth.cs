using System.Diagnostics.CodeAnalysis;
using SniForward.Selecting.Health;

namespace SniForward.Startup.Configuration;

/// <summary>Reads <c>health</c> of a <c>[backend.NAME]</c>.</summary>
internal static class ConfigHealth
{
    private const int MostInARow = 1000;

    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(2);

    /// <summary>The rules of a backend whose section is <paramref name="backend"/>; without <c>health</c>, nothing is checked.</summary>
    public static HealthRules Read(ConfigSection backend, ConfigErrors errors)
    {
        if (backend.Table("health") is not { } section) return new HealthRules();

        var fall = section.Count("fall", HealthRules.DefaultFall, least: 1, MostInARow);
        var rise = section.Count("rise", HealthRules.DefaultRise, least: 1, MostInARow);
        var interval = Duration("interval", DefaultInterval);
        var jitter = section.Value("jitter", interval / 10, ConfigValues.TryDurationOrZero, ConfigValues.ADuration);
        if (jitter > interval) section.Refuse("jitter is longer than the interval itself; make it shorter");
        var timeout = Duration("timeout", DefaultTimeout);
        var tls = section.Boolean("tls", otherwise: false);
        string? path = section.Value<string>("http", null!, TryPath, "a path such as \"/healthz\"");
        string? host = section.Value<string>("host", null!, TryHost, "a host name");
        var statuses = Statuses(section, errors);
        if (!section.Has("http") && section.Has("status")) section.Refuse("status is only for health checks by HTTP; add http = \"/healthz\"");
        if (!section.Has("http") && !section.Has("tls") && section.Has("host")) section.Refuse("host is only for health checks by TLS or HTTP; add tls = true or http = \"/healthz\"");
        section.RefuseOtherKeys();
        return new HealthRules(fall, rise, new HealthCheck(interval, jitter, timeout, tls, path, host, statuses));

        TimeSpan Duration(string key, TimeSpan otherwise) => section.Value(key, otherwise, ConfigValues.TryDuration, ConfigValues.ADuration);
    }

    /// <summary>200 if nothing is said.</summary>
    private static List<int> Statuses(ConfigSection section, ConfigErrors errors)
    {
        var statuses = new List<int>();
        foreach (var item in section.ItemsOrOne("status") ?? [])
        {
            if (item is ConfigScalar { Value: long and >= 100 and <= 599 and var status }) statuses.Add((int)status);
            else errors.Add(item, "status: expected an HTTP status, 100 to 599, or a list of them");
        }
        return statuses.Count > 0 ? statuses : [200];
    }

    private static bool TryPath(string text, [MaybeNullWhen(false)] out string path, [NotNullWhen(false)] out string? error)
    {
        path = text;
        error = text.StartsWith('/') && text.All(c => c is > ' ' and < '\x7f') ? null
            : $"\"{text}\" is not a path; write \"/healthz\"";
        return error is null;
    }

    private static bool TryHost(string text, [MaybeNullWhen(false)] out string host, [NotNullWhen(false)] out string? error)
    {
        host = text;
        error = ConfigAddresses.IsDnsName(text) ? null : $"\"{text}\" is not a host name; write \"app.example.com\"";
        return error is null;
    }
}
