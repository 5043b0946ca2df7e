using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace SniForward.Tests.Deploy;

/// <summary>The units under deploy/, as systemd itself sees them.</summary>
public sealed partial class SystemdUnitTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Systemd_finds_no_fault_with_them()
    {
        // It looks whether the program is there, and executable.
        var program = Path.Combine(_folder, "sniforward");
        await File.WriteAllTextAsync(program, "", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        foreach (var unit in new[] { "sniforward.service", "sniforward.socket" })
        {
            var text = await File.ReadAllTextAsync(Path.Combine(Repository.Folder("deploy"), unit), TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(_folder, unit), text.Replace("/usr/local/bin/sniforward ", $"{program} ", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        }

        var (status, output) = await AnalyzeAsync("verify", "--man=no", Path.Combine(_folder, "sniforward.service"), Path.Combine(_folder, "sniforward.socket"));

        Assert.Equal(("", 0), (output, status));
    }

    [Fact]
    public async Task The_service_may_do_little_more_than_it_needs()
    {
        var (_, output) = await AnalyzeAsync("security", "--offline=true", "--no-pager", Path.Combine(Repository.Folder("deploy"), "sniforward.service"));

        Assert.InRange(double.Parse(Score().Match(output).Groups[1].Value, CultureInfo.InvariantCulture), 0.1, 1.5);
    }

    private static async Task<(int Status, string Output)> AnalyzeAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Machine.NeedsCommand("systemd-analyze"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var analyze = Process.Start(start)!;
        var output = analyze.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = analyze.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await analyze.WaitForExitAsync(TestContext.Current.CancellationToken).InTimeAsync();
        return (analyze.ExitCode, await output + await errors);
    }

    [GeneratedRegex("Overall exposure level for sniforward.service: ([0-9.]+)")]
    private static partial Regex Score();
}
