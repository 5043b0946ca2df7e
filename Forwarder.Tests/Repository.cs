namespace SniForward.Tests;

/// <summary>Finds files of the repository from wherever the tests run.</summary>
internal static class Repository
{
    /// <summary>The full path of a folder below the repository's top.</summary>
    public static string Folder(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SniForward.sln"))) return Path.Combine(folder.FullName, name);
        }
        throw new DirectoryNotFoundException("The tests do not run inside the repository.");
    }
}
