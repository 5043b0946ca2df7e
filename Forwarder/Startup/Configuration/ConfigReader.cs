using System.Net;
using System.Text;
using SniForward.Securing;

namespace SniForward.Startup.Configuration;

/// <summary>Reads a configuration whole: either it is valid, or every error in it is listed. Never throws for bad input.</summary>
internal static class ConfigReader
{
    private const int MostThreads = 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly (string, TransportKind)[] Transports = OperatingSystem.IsLinux()
        ? [("epoll", TransportKind.Epoll), ("sockets", TransportKind.Sockets)]
        : [("sockets", TransportKind.Sockets)];

    public static ConfigResult ReadFile(string path)
    {
        try
        {
            var stamp = FileStamp.Of(path);
            return Read(File.ReadAllText(path, StrictUtf8), path) with { Stamp = stamp };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return new(null, [new(path, 0, 0, $"cannot be read: {Why(path, e)}")]);
        }
    }

    /// <param name="text">TOML 1.0.</param>
    /// <param name="fileName">What the errors call it; relative paths in it start from its folder.</param>
    /// <param name="time">Tells which certificates are valid; null: the system's clock.</param>
    public static ConfigResult Read(string text, string fileName, TimeProvider? time = null)
    {
        var errors = new ConfigErrors(fileName);
        if (ConfigDocument.Parse(text, errors) is not { } document)
            return new(null, errors.InOrder());

        var certificates = new ConfigCertificates(errors, time ?? TimeProvider.System);
        var config = ReadRoot(new ConfigSection(document, "the file", errors), certificates, errors);
        config = config with { Source = fileName, Text = WithoutSecrets(text, config) };
        return new(errors.Count > 0 ? null : config, errors.InOrder()) { Warnings = errors.WarningsInOrder() };
    }

    /// <summary>The token is a secret; all else that is one is in files of its own.</summary>
    private static string WithoutSecrets(string text, ForwarderConfig config)
    {
        if (config.Admin is not { IsTokenInline: true, Token: { } token }) return text;
        // Written with escapes it is not found.
        return text.Contains(token, StringComparison.Ordinal) ? text.Replace(token, "(hidden)", StringComparison.Ordinal) : "(hidden: there is a token in it)\n";
    }

    private static ForwarderConfig ReadRoot(ConfigSection root, ConfigCertificates certificates, ConfigErrors errors)
    {
        var termination = new ConfigTermination(root, certificates, errors);
        var backends = new ConfigBackends(root, certificates, errors);
        var timeouts = root.Table("timeouts") is { } timeoutsSection ? ReadTimeouts(timeoutsSection) : new();
        var listeners = new ConfigListeners(root, backends, timeouts.Peek);
        var routes = new ConfigRoutes(root, backends, listeners, termination, errors);
        string? defaultBackend = root.Table("default") is { } section ? ReadDefault(section, backends) : null;
        var config = new ForwarderConfig
        {
            Listeners = listeners.All,
            Routes = routes.All,
            Backends = backends.All,
            Certificates = [.. certificates.All],
            DefaultBackend = defaultBackend,
            Transport = root.Choice("transport", TransportKind.Automatic, Transports),
            Threads = root.Count("threads", MostThreads),
            IsWatched = root.Boolean("watch", otherwise: true),
            Timeouts = timeouts,
            Limits = root.Table("limits") is { } limits ? ReadLimits(limits) : new(),
            Dns = root.Table("dns") is { } dns ? ConfigDns.Read(dns) : new(),
            Log = root.Table("log") is { } log ? ConfigLog.Read(log, errors.Folder) : new(),
            Admin = root.Table("admin") is { } admin ? ConfigAdmin.Read(admin, listeners, errors) : null,
            Otlp = root.Table("otlp") is { } otlp ? ConfigOtlp.Read(otlp) : null,
        };
        root.RefuseOtherKeys();
        if (errors.Count == 0)
            routes.WarnOfCoalescing(config);
        return config;
    }

    private static string? ReadDefault(ConfigSection section, ConfigBackends backends)
    {
        string? backend = backends.Resolve(section.String("backend"));
        if (!section.Has("backend"))
            section.RefuseWithout("backend", "write backend = \"host:port\" or the name of a [backend.NAME]");

        section.RefuseOtherKeys();
        return backend;
    }

    private static TimeoutsConfig ReadTimeouts(ConfigSection section)
    {
        var defaults = new TimeoutsConfig();
        var timeouts = new TimeoutsConfig
        {
            Peek = Duration("peek", defaults.Peek),
            Connect = Duration("connect", defaults.Connect),
            Idle = Duration("idle", defaults.Idle),
            KeepAlive = Duration("keep_alive", defaults.KeepAlive),
            HalfClosed = Duration("half_closed", defaults.HalfClosed),
            DrainDelay = DurationOrZero("drain_delay", defaults.DrainDelay),
            Drain = DurationOrZero("drain", defaults.Drain),
        };
        section.RefuseOtherKeys();
        return timeouts;

        TimeSpan Duration(string key, TimeSpan otherwise) =>
            section.Value(key, otherwise, ConfigValues.TryDuration, ConfigValues.ADuration);

        TimeSpan DurationOrZero(string key, TimeSpan otherwise) =>
            section.Value(key, otherwise, ConfigValues.TryDurationOrZero, ConfigValues.ADuration);
    }

    private static LimitsConfig ReadLimits(ConfigSection section)
    {
        var defaults = new LimitsConfig();
        var (perSecond, burst) = ConfigRate.Read(section, "new_connections_per_client");
        var limits = new LimitsConfig
        {
            Connections = section.Count("connections"),
            ConnectionsPerClient = section.Count("connections_per_client"),
            NewConnectionsPerClient = perSecond,
            NewConnectionsBurst = burst,
            UploadRate = section.Value<long>("upload_rate", 0, ConfigValues.TryByteRate, ConfigValues.AByteRate),
            DownloadRate = section.Value<long>("download_rate", 0, ConfigValues.TryByteRate, ConfigValues.AByteRate),
            Allow = section.Values<IPNetwork>("allow", ConfigAddresses.TryNetwork),
            Deny = section.Values<IPNetwork>("deny", ConfigAddresses.TryNetwork),
            PeekMemory = section.Value<long>("peek_memory", defaults.PeekMemory, ConfigValues.TryPeekMemory, ConfigValues.ASize),
            PeekBytes = section.Value<int>("peek_bytes", defaults.PeekBytes, ConfigValues.TryPeekSize, ConfigValues.ASize),
        };
        section.RefuseOtherKeys();
        return limits;
    }

    private static string Why(string path, Exception e) => e switch
    {
        _ when Directory.Exists(path) => "it is a directory; name the file inside it",
        FileNotFoundException or DirectoryNotFoundException => "it does not exist; name another with --config FILE",
        UnauthorizedAccessException => "permission denied; let the user that runs sniforward read it",
        DecoderFallbackException bad => $"it is not UTF-8 from byte {bad.Index} on; save it as UTF-8",
        _ => $"{e.Message}; name another with --config FILE",
    };
}
