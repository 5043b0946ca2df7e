using System.Runtime.CompilerServices;
using SniForward.Startup.Configuration;

namespace SniForward.Tests.Startup.Configuration;

/// <summary>
/// Each Golden/NAME.toml is read, and its errors are compared to NAME.golden. After a wanted change, run once with
/// SNIFORWARD_UPDATE_GOLDEN=1 and review what changed.
/// </summary>
public sealed class ConfigGoldenTests
{
    private static readonly string Golden = Path.Combine(AppContext.BaseDirectory, "Startup", "Configuration", "Golden");

    public static TheoryData<string> Names() =>
        [.. Directory.GetFiles(Golden, "*.toml").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_error_is_listed_with_its_place(string name)
    {
        string file = Path.Combine(Golden, name + ".toml");
        var result = ConfigReader.ReadFile(file);
        string actual = string.Concat(result.Errors.Select(e => e with { File = name + ".toml" } + "\n"));
        if (Environment.GetEnvironmentVariable("SNIFORWARD_UPDATE_GOLDEN") == "1")
            File.WriteAllText(Path.Combine(Sources(), "Golden", name + ".golden"), actual);
        else
            Assert.Equal(File.ReadAllText(Path.Combine(Golden, name + ".golden")), actual);

        Assert.Null(result.Config);
        Assert.NotEmpty(result.Errors);
    }

    [Fact]
    public void Each_expected_listing_belongs_to_a_file()
    {
        var listings = Directory.GetFiles(Golden, "*.golden").Select(f => Path.ChangeExtension(f, ".toml"));
        Assert.Equal(listings.Order(), Directory.GetFiles(Golden, "*.toml").Order());
    }

    private static string Sources([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;
}
