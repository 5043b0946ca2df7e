using System.Globalization;
using SniForward.Securing;
using SniForward.Startup.Configuration;

namespace SniForward.Startup;

/// <summary><c>sniforward check</c>: says whether the configuration is right, or everything that is wrong with it.</summary>
internal static class CheckCommand
{
    public static int Run(string configFile)
    {
        var read = ConfigReader.ReadFile(configFile);
        if (read.Config is not { } config) return Report(read);

        foreach (var warning in read.Warnings) Console.WriteLine(warning);
        foreach (var loaded in config.Certificates) Console.WriteLine(Describe(loaded.Certificate, DateTimeOffset.UtcNow));
        Console.WriteLine(
            $"{configFile}: ok; listeners: {config.Listeners.Count}, routes: {config.Routes.Count}, backends: {config.Backends.Count}");
        return ExitCode.Ok;
    }

    /// <summary>Writes every error of a refused configuration to the standard error.</summary>
    public static int Report(ConfigResult read)
    {
        foreach (var error in read.Errors) Console.Error.WriteLine(error);
        return ExitCode.Invalid;
    }

    /// <summary>One line: the file, its names, its key, until when it is valid and how many days that is; less than none if it was.</summary>
    internal static string Describe(ServerCertificate certificate, DateTimeOffset now)
    {
        var names = certificate.Names.Count > 0 ? string.Join(", ", certificate.Names) : "no names";
        var days = Math.Floor((certificate.NotAfter - now).TotalDays);
        return ConfigError.OneLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{certificate.Source}: {names}; {certificate.KeyType}; expires {certificate.NotAfter:yyyy-MM-dd}, days left: {days}"));
    }
}
