using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SniForward.Tests.EndToEnd;

/// <summary>The program with its access log in a file.</summary>
public sealed partial class AccessFileProgramTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    private string File => Path.Combine(_folder, "access.log");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task SIGUSR1_opens_the_file_again()
    {
        using var server = TestServer.Echo("hello");
        Write(server, "access_file = \"access.log\"");
        await using var forwarder = ForwarderProcess.Start(_folder);
        var address = await forwarder.AddressAsync();
        await TestClient.AskAsync(address, "first.example");
        Assert.True(SpinWait.SpinUntil(() => Names(File).Length == 1, Patience.Limit));
        System.IO.File.Move(File, File + ".1");

        forwarder.Signal("USR1");
        await forwarder.LineAsync(OpenedAgain());
        await TestClient.AskAsync(address, "second.example");
        forwarder.Signal("TERM");

        Assert.Equal(0, await forwarder.ExitAsync());
        Assert.Equal(["first.example"], Names(File + ".1"));
        Assert.Equal(["second.example"], Names(File));
        Assert.DoesNotContain("client=", await forwarder.RestOfOutputAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SIGUSR1_without_a_file_does_not_end_it()
    {
        using var server = TestServer.Echo("hello");
        Write(server, "");
        await using var forwarder = ForwarderProcess.Start(_folder);
        var address = await forwarder.AddressAsync();

        forwarder.Signal("USR1");
        await forwarder.LineAsync(NoFile());

        Assert.StartsWith("hello", await TestClient.AskAsync(address, "any.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logrotate_renames_the_file_and_has_it_opened_again()
    {
        var logrotate = Machine.NeedsCommand("logrotate");
        using var server = TestServer.Echo("hello");
        Write(server, "access_file = \"access.log\"");
        await using var forwarder = ForwarderProcess.Start(_folder);
        var address = await forwarder.AddressAsync();
        await TestClient.AskAsync(address, "first.example");
        Assert.True(SpinWait.SpinUntil(() => Names(File).Length == 1, Patience.Limit));
        var rules = await System.IO.File.ReadAllTextAsync(Path.Combine(Repository.Folder("deploy/logrotate"), "sniforward"), TestContext.Current.CancellationToken);
        // Here there is no systemd to name the process by.
        var changed = rules.Replace("/var/log/sniforward/access.log", File, StringComparison.Ordinal)
            .Replace("/bin/systemctl kill --signal=USR1 sniforward.service", $"kill -USR1 {forwarder.Id}", StringComparison.Ordinal);
        Assert.Contains($"kill -USR1 {forwarder.Id}", changed, StringComparison.Ordinal);
        var configuration = Path.Combine(_folder, "rotate");
        await System.IO.File.WriteAllTextAsync(configuration, changed, TestContext.Current.CancellationToken);
        // It trusts no rules that others may write.
        if (!OperatingSystem.IsWindows()) System.IO.File.SetUnixFileMode(configuration, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        using var rotate = Process.Start(new ProcessStartInfo(logrotate, ["--force", "--state", Path.Combine(_folder, "state"), configuration]) { RedirectStandardError = true })!;
        Assert.Equal("", await rotate.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken).InTimeAsync());
        await forwarder.LineAsync(OpenedAgain());
        await TestClient.AskAsync(address, "second.example");
        forwarder.Signal("TERM");

        Assert.Equal(0, await forwarder.ExitAsync());
        Assert.Equal(["first.example"], Names(File + ".1"));
        Assert.Equal(["second.example"], Names(File));
    }

    [Fact]
    public async Task A_file_that_cannot_be_opened_is_one_line_and_status_1()
    {
        if (!Directory.Exists("/proc")) Assert.Skip("This machine has no /proc.");
        using var server = TestServer.Start();
        Write(server, "access_file = \"/proc/sniforward.log\"");

        var (status, output, errors) = await ForwarderProcess.RunAsync(_folder, "run");

        Assert.Equal(1, status);
        Assert.Equal("", output);
        Assert.Matches("^sniforward: the access log /proc/sniforward.log cannot be opened: [^\n]*\n$", errors);
    }

    private void Write(TestServer server, string file) => System.IO.File.WriteAllText(
        Path.Combine(_folder, "forward.toml"),
        $"[[listener]]\nbind = \"127.0.0.1:0\"\n[default]\nbackend = \"127.0.0.1:{server.Port}\"\n[log]\naccess_format = \"json\"\n{file}\n");

    private static string?[] Names(string file) =>
        [.. System.IO.File.ReadLines(file).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("name").GetString())];

    [GeneratedRegex("the access log [^ ]*access.log was opened again")]
    private static partial Regex OpenedAgain();

    [GeneratedRegex("SIGUSR1: the access log has no file")]
    private static partial Regex NoFile();
}
