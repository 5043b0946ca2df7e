using System.Runtime.InteropServices;

namespace SniForward.Bench.Compare;

/// <summary>The native binary of this working tree.</summary>
internal static class SniForwardBuild
{
    /// <summary>Publishes SniForward below <paramref name="folder"/> and returns the binary's path.</summary>
    /// <exception cref="MeasurementException">It does not build.</exception>
    public static string Publish(string folder)
    {
        var runtime = $"linux-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
        var project = Path.Combine(Root(), "Forwarder");
        var (status, output) = ShortCommand.Run("dotnet", "publish", project, "-c", "Release", "-r", runtime, "-o", folder);
        return status == 0 ? Path.Combine(folder, "sniforward") : throw new MeasurementException(output);
    }

    /// <summary>The commit, with a mark if there are changes beside it.</summary>
    public static string Version()
    {
        if (Executable.Find("git") is null) return "unknown commit";
        var (status, output) = ShortCommand.Run("git", "-C", Root(), "describe", "--always", "--dirty");
        return status == 0 ? $"commit {output.Trim()}" : "unknown commit";
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SniForward.sln"))) return folder.FullName;
        }
        throw new MeasurementException("This does not run inside the repository.");
    }
}
