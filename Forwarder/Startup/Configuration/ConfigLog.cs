using Microsoft.Extensions.Logging;
using SniForward.Telemetry;
using SniForward.Telemetry.Access;

namespace SniForward.Startup.Configuration;

/// <summary>Reads <c>[log]</c>.</summary>
internal static class ConfigLog
{
    private static readonly (string, LogLevel)[] Levels =
    [
        ("trace", LogLevel.Trace), ("debug", LogLevel.Debug), ("information", LogLevel.Information),
        ("warning", LogLevel.Warning), ("error", LogLevel.Error), ("critical", LogLevel.Critical),
    ];

    private static readonly (string, LogFormat)[] Formats = [("text", LogFormat.Text), ("json", LogFormat.Json)];

    /// <param name="section">The table.</param>
    /// <param name="folder">Where relative paths start.</param>
    public static LogConfig Read(ConfigSection section, string folder)
    {
        var defaults = new LogConfig();
        var format = section.Choice("format", defaults.Format, Formats);
        var log = new LogConfig
        {
            Level = section.Choice("level", defaults.Level, Levels),
            Format = format,
            Access = ReadAccess(section, format, folder),
            Ja4 = section.Boolean("ja4", defaults.Ja4),
        };
        section.RefuseOtherKeys();
        return log;
    }

    private static AccessSettings ReadAccess(ConfigSection section, LogFormat format, string folder)
    {
        var defaults = new AccessSettings();
        return new AccessSettings
        {
            Enabled = section.Boolean("access", defaults.Enabled),
            Format = section.Choice("access_format", format, Formats),
            File = section.String("access_file") is { } file ? PathOf(file, folder) : null,
            Interval = section.Value("access_interval", defaults.Interval, ConfigValues.TryLogInterval, ConfigValues.ADuration),
            Queries = section.Boolean("access_queries", defaults.Queries),
            Queue = section.Value<long>("access_queue", defaults.Queue, ConfigValues.TryLogQueue, ConfigValues.ASize),
        };
    }

    /// <summary>Where lines can be appended to, as far as that can be told without making the file.</summary>
    private static string? PathOf(ConfigText file, string folder)
    {
        string path = Path.Combine(folder, file.Value);
        if (file.Value.Length == 0)
            file.Refuse("it is empty; write the name of a file");
        else if (Directory.Exists(path))
            file.Refuse($"\"{file.Value}\" is a directory; name a file in it");
        else if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
            file.Refuse($"the folder of \"{file.Value}\" does not exist; make it, or name another file");
        else
            return path;
        return null;
    }
}
