using System.Text.RegularExpressions;

namespace SniForward.Tests;

/// <summary>Holds who may use whom: dependencies point one way, and a stage knows only what it needs.</summary>
public sealed partial class LayeringTests
{
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Peeking"] = [],
        ["Framing"] = ["Peeking"],
        ["Routing"] = [],
        ["Transport"] = [],
        ["Telemetry"] = [],
        ["Securing"] = ["Peeking", "Routing", "Transport"],
        ["Selecting"] = ["Routing", "Securing", "Transport"],
        ["Splicing"] = ["Telemetry", "Transport"],
        ["Exchanging"] = ["Framing", "Routing", "Selecting", "Splicing", "Telemetry", "Transport"],
        [""] = ["Exchanging", "Framing", "Peeking", "Routing", "Securing", "Selecting", "Splicing", "Telemetry", "Transport"],
        ["Accepting"] = ["", "Routing", "Selecting", "Telemetry", "Transport"],
        ["Admin"] = ["", "Accepting", "Selecting", "Telemetry", "Transport"],
        ["Startup"] = ["", "Accepting", "Admin", "Framing", "Peeking", "Routing", "Securing", "Selecting", "Splicing", "Telemetry", "Transport"],
    };

    public static TheoryData<string> SourceFiles()
    {
        var root = Repository.Folder("Forwarder");
        return [.. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, file))
            .Where(file => !file.StartsWith("bin", StringComparison.Ordinal) && !file.StartsWith("obj", StringComparison.Ordinal))
            .Where(file => file != "Program.cs")];
    }

    [Theory]
    [MemberData(nameof(SourceFiles))]
    public void A_file_uses_only_the_stages_that_its_own_may_use(string file)
    {
        var stage = StageOf(Path.GetDirectoryName(file) ?? "");
        var text = File.ReadAllText(Path.Combine(Repository.Folder("Forwarder"), file));

        var used = OwnNamespace().Matches(text).Select(match => StageOf(match.Groups[1].Value.TrimStart('.').Replace('.', '/')));

        Assert.Contains(stage, MayUse.Keys);
        Assert.DoesNotContain(used, other => other != stage && !MayUse[stage].Contains(other));
    }

    [Theory]
    [MemberData(nameof(SourceFiles))]
    public void A_file_declares_the_namespace_of_its_folder(string file)
    {
        var folder = Path.GetDirectoryName(file) ?? "";
        var expected = folder.Length == 0 ? "namespace SniForward;" : $"namespace SniForward.{folder.Replace('/', '.')};";

        Assert.Contains(expected, File.ReadLines(Path.Combine(Repository.Folder("Forwarder"), file)));
    }

    [Theory]
    [MemberData(nameof(SourceFiles))]
    public void Unsafe_code_and_native_calls_stay_in_the_linux_transport(string file)
    {
        if (file.StartsWith(Path.Combine("Transport", "Epoll"), StringComparison.Ordinal)) return;
        var text = File.ReadAllText(Path.Combine(Repository.Folder("Forwarder"), file));

        Assert.DoesNotMatch(@"\bunsafe\b|DllImport|LibraryImport", text);
    }

    private static string StageOf(string folder) => folder.Split('/')[0];

    [GeneratedRegex(@"^using SniForward((?:\.\w+)*);", RegexOptions.Multiline)]
    private static partial Regex OwnNamespace();
}
