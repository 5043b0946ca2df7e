using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using SniForward.Tests.Admin;

namespace SniForward.Tests.EndToEnd;

/// <summary>The program, whose configuration is changed while it runs.</summary>
public sealed partial class ReloadProgramTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task SIGHUP_takes_it_over_and_says_what_has_changed()
    {
        using var first = TestServer.Echo("first");
        using var second = TestServer.Echo("second");
        Write("forward.toml", first);
        await using var program = ForwarderProcess.Start(_folder);
        var address = await program.AddressAsync();
        Assert.StartsWith("first", await TestClient.AskAsync(address, "a.example"), StringComparison.Ordinal);
        await program.LineAsync(Ready());

        Write("forward.toml", second);
        program.Signal("HUP");

        await program.LineAsync(new($"forward.toml is read again \\(SIGHUP\\) and is what runs now; changes: 1"));
        await program.LineAsync(new($"reloaded: default.backend: \"127.0.0.1:{first.Port}\" is now \"127.0.0.1:{second.Port}\""));
        Assert.StartsWith("second", await TestClient.AskAsync(address, "a.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_is_logged_whole_and_changes_nothing()
    {
        using var first = TestServer.Echo("first");
        Write("forward.toml", first);
        await using var program = ForwarderProcess.Start(_folder);
        var address = await program.AddressAsync();
        await program.LineAsync(Ready());

        Write("forward.toml", first, "threads = \"many\"\nnonsense = 1\n");
        program.Signal("HUP");

        await program.LineAsync(new("the configuration is not taken over, and everything goes on as it was: forward.toml:1:11: "));
        await program.LineAsync(new("the configuration is not taken over, and everything goes on as it was: forward.toml:2:1: unknown key"));
        Assert.StartsWith("first", await TestClient.AskAsync(address, "a.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_of_its_file_is_taken_over_also_through_links_that_are_swapped()
    {
        using var first = TestServer.Echo("first");
        using var second = TestServer.Echo("second");
        // As Kubernetes mounts a ConfigMap.
        Directory.CreateDirectory(Path.Combine(_folder, "..1"));
        Directory.CreateDirectory(Path.Combine(_folder, "..2"));
        Write("..1/forward.toml", first);
        Write("..2/forward.toml", second, "# longer\n");
        File.CreateSymbolicLink(Path.Combine(_folder, "..data"), "..1");
        File.CreateSymbolicLink(Path.Combine(_folder, "forward.toml"), "..data/forward.toml");
        await using var program = ForwarderProcess.Start(_folder);
        var address = await program.AddressAsync();
        await program.LineAsync(Ready());

        File.CreateSymbolicLink(Path.Combine(_folder, "..tmp"), "..2");
        // .NET has no rename(2) of a link to a folder onto another.
        using (var move = Process.Start(new ProcessStartInfo("mv", ["-T", "-f", "..tmp", "..data"]) { WorkingDirectory = _folder })!)
        {
            await move.WaitForExitAsync(TestContext.Current.CancellationToken).InTimeAsync();
            Assert.Equal(0, move.ExitCode);
        }

        await program.LineAsync(new("forward.toml is read again \\(its file has changed\\) and is what runs now"));
        Assert.StartsWith("second", await TestClient.AskAsync(address, "a.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_reload_tells_what_is_wrong_and_what_is_right()
    {
        using var first = TestServer.Echo("first");
        var socket = Path.Combine(_folder, "admin.sock");
        var admin = $"[admin]\nbind = \"unix:{socket}\"\n";
        Write("forward.toml", first, "", admin);
        await using var program = ForwarderProcess.Start(_folder);
        await program.LineAsync(Ready());

        Write("forward.toml", first, "nonsense = 1\n", admin);
        var wrong = await ForwarderProcess.RunAsync(_folder, "reload", "--admin", $"unix:{socket}");
        Assert.Equal((2, ""), (wrong.Status, wrong.Output));
        Assert.StartsWith("forward.toml:1:1: unknown key \"nonsense\"", wrong.Errors, StringComparison.Ordinal);

        Write("forward.toml", first, "", admin);
        Assert.Equal((0, "reloaded", ""), await ForwarderProcess.RunAsync(_folder, "reload", "--admin", $"unix:{socket}"));
    }

    [Fact]
    public async Task What_takes_a_restart_is_said()
    {
        using var first = TestServer.Echo("first");
        Write("forward.toml", first);
        await using var program = ForwarderProcess.Start(_folder);
        await program.LineAsync(Ready());

        Write("forward.toml", first, "threads = 7\n");
        program.Signal("HUP");

        await program.LineAsync(new("not reloaded, for it takes a restart: threads = 7 added"));
    }

    [Fact]
    public async Task Reloading_again_and_again_leaves_nothing_open()
    {
        using var first = TestServer.Echo("first");
        var admin = $"[admin]\nbind = \"unix:{Path.Combine(_folder, "admin.sock")}\"\n";
        var more = $$"""
            [[listener]]
            bind = "127.0.0.1:{{TestServer.RefusingPort()}}"
            [backend.more]
            servers = ["127.0.0.1:1"]
            health = { interval = "1h" }
            [[route]]
            hosts = ["m.example"]
            backend = "more"

            """;
        Write("forward.toml", first, "", admin);
        await using var program = ForwarderProcess.Start(_folder);
        await program.LineAsync(Ready());
        using var client = new AdminClient(new UnixDomainSocketEndPoint(Path.Combine(_folder, "admin.sock")));
        for (var i = 0; i < 3; i++) await CycleAsync();
        var before = OpenDescriptors.Of($"{program.Id}", "socket:", "pipe:", "anon_inode:", "/");

        for (var i = 0; i < 100; i++) await CycleAsync();

        // The last listener's closing may still be on its way.
        Assert.InRange(OpenDescriptors.Of($"{program.Id}", "socket:", "pipe:", "anon_inode:", "/"), 0, before + 10);

        async Task CycleAsync()
        {
            Write("forward.toml", first, "", more + admin);
            Assert.Equal((HttpStatusCode.OK, "reloaded\n"), await client.PostAsync("api/reload"));
            Write("forward.toml", first, "", admin);
            Assert.Equal((HttpStatusCode.OK, "reloaded\n"), await client.PostAsync("api/reload"));
        }
    }

    private void Write(string name, TestServer server, string before = "", string after = "")
    {
        // In one step, as editors do.
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path + ".new", $"{before}[[listener]]\nbind = \"127.0.0.1:0\"\n[default]\nbackend = \"127.0.0.1:{server.Port}\"\n{after}");
        File.Move(path + ".new", path, overwrite: true);
    }

    [GeneratedRegex("ready; ")]
    private static partial Regex Ready();
}
