namespace SniForward.Bench.Compare;

/// <summary>Finds programs.</summary>
internal static class Executable
{
    /// <summary>The path of <paramref name="name"/> on PATH, or where servers are installed; null if it is not there.</summary>
    public static string? Find(string name)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return folders
            .Concat(["/usr/sbin", "/usr/local/sbin"])
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
    }
}
