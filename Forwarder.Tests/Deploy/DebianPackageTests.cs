using System.Diagnostics;

namespace SniForward.Tests.Deploy;

/// <summary>The Debian package, as Debian's own tools see it; with the program that the tests were built with in it.</summary>
public sealed class DebianPackageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_is_built_by_one_command_and_lintian_finds_no_fault_with_it()
    {
        var (lintian, dpkg, _) = (Machine.NeedsCommand("lintian"), Machine.NeedsCommand("dpkg-deb"), Machine.NeedsCommand("strip"));
        await RunAsync(Path.Combine(Repository.Folder("deploy"), "debian", "build"), _folder);
        var package = Assert.Single(Directory.GetFiles(_folder, "*.deb"));

        Assert.Equal("", await RunAsync(lintian, "--fail-on", "none", "--allow-root", package));

        var contents = await RunAsync(dpkg, "--contents", package);
        foreach (var file in new[]
        {
            "/usr/bin/sniforward", "/etc/sniforward/forward.toml", "/usr/lib/systemd/system/sniforward.service", "/usr/lib/systemd/system/sniforward.socket",
            "/etc/logrotate.d/sniforward", "/usr/share/man/man1/sniforward.1.gz", "/usr/share/bash-completion/completions/sniforward",
        })
            Assert.Contains($".{file}\n", contents, StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            Environment = { ["SNIFORWARD_NATIVE"] = Path.Combine(AppContext.BaseDirectory, "sniforward") },
        };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).InTimeAsync();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
