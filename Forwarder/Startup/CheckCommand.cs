using SniForward.Startup.Configuration;

namespace SniForward.Startup;

/// <summary><c>sniforward check</c>: says whether the configuration is right, or everything that is wrong with it.</summary>
internal static class CheckCommand
{
    public static int Run(string configFile)
    {
        var read = ConfigReader.ReadFile(configFile);
        if (read.Config is not { } config) return Report(read);

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
}
