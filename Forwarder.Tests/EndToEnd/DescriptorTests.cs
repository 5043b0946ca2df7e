using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace SniForward.Tests.EndToEnd;

/// <summary>
/// The program without a descriptor to accept or dial with, though by its own account there is room: its limit is lowered
/// while it runs, as when all files of the machine are open. On one engine: the threads that the other is run by come and
/// go, and .NET ends a process that has no descriptor to start one with.
/// </summary>
public sealed partial class DescriptorTests : IDisposable
{
    private const string Request = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Clients_that_cannot_be_accepted_are_closed_and_those_that_were_go_on()
    {
        // More than are turned away between two pauses.
        const int Waiting = 100;
        using var server = TestServer.Echo("served");
        await using var forwarder = Start(server);
        var address = await forwarder.AddressAsync();
        using var open = await TestClient.ConnectAsync(address);
        await open.SendAsync(Request);
        await open.ReadAsync($"served\n{Request}".Length);
        var limit = LimitOf(forwarder.Id);
        // Behind all that is open: its spare descriptor must be one that it may use.
        var used = UsedBy(forwarder.Id);
        var lowered = used.Max() + 1;
        await LimitAsync(forwarder.Id, lowered);
        var before = CpuOf(forwarder.Id);

        var crowd = new List<TestClient>();
        var ends = new List<Task>();
        for (var i = 0; i < lowered - used.Count + Waiting; i++)
        {
            crowd.Add(await TestClient.ConnectAsync(address));
            ends.Add(crowd[^1].ReadAllAsync());
        }
        await forwarder.LineAsync(Paused());
        await open.SendAsync("still here");
        Assert.Equal("still here"u8.ToArray(), await open.ReadAsync("still here".Length));
        // A few may have found room that the runtime has made.
        Assert.True(SpinWait.SpinUntil(() => ends.Count(end => end.IsCompleted) >= Waiting - 8, Patience.Limit), $"{ends.Count(end => end.IsCompleted)} were closed.");

        // A loop that does not pause takes a second of CPU each second, of which this took more than four.
        Assert.InRange((CpuOf(forwarder.Id) - before).TotalSeconds, 0, 2);
        await LimitAsync(forwarder.Id, limit);
        Assert.StartsWith("served", await TestClient.AskAsync(address, "a.example"), StringComparison.Ordinal);
        open.EndSending();
        await open.ReadAllAsync();
        crowd.ForEach(client => client.Dispose());
        forwarder.Signal("TERM");
        Assert.Equal(0, await forwarder.ExitAsync());
        var output = await forwarder.RestOfOutputAsync();
        var turnedAway = TurnedAway().Matches(output);
        Assert.InRange(turnedAway.Count, Waiting - 8, crowd.Count);
        Assert.Contains($"accepts again; clients turned away meanwhile: {turnedAway.Count}", output, StringComparison.Ordinal);
        Assert.Empty(forwarder.Errors);
    }

    [Fact]
    public async Task A_client_whose_server_cannot_be_dialled_is_told_and_the_server_not_blamed()
    {
        using var server = TestServer.Echo("served");
        await using var forwarder = Start(server);
        var address = await forwarder.AddressAsync();
        Assert.StartsWith("served", await TestClient.AskAsync(address, "a.example"), StringComparison.Ordinal);
        // What loads the code that a refusal needs: there will be no descriptor for that.
        Assert.StartsWith("HTTP/1.1 421 ", await TestClient.AskAsync(address, "b.example"), StringComparison.Ordinal);
        await forwarder.LineAsync(NoRoute());
        var limit = LimitOf(forwarder.Id);
        var used = UsedBy(forwarder.Id);

        // Room for one more: the client.
        await LimitAsync(forwarder.Id, Enumerable.Range(0, int.MaxValue).First(fd => !used.Contains(fd)) + 1);
        var refused = await TestClient.AskAsync(address, "a.example");
        await forwarder.LineAsync(TurnedAway());
        await LimitAsync(forwarder.Id, limit);

        Assert.StartsWith("HTTP/1.1 503 ", refused, StringComparison.Ordinal);
        Assert.StartsWith("served", await TestClient.AskAsync(address, "a.example"), StringComparison.Ordinal);
        Assert.Empty(forwarder.Errors);
    }

    private ForwarderProcess Start(TestServer server)
    {
        Machine.NeedsCommand("prlimit");
        // A look at a file that fails has the runtime load what it tells that with, which ends the process here.
        File.WriteAllText(
            Path.Combine(_folder, "forward.toml"),
            $"{Engine.Epoll.Line()}\nthreads = 1\nwatch = false\n[[listener]]\nbind = \"127.0.0.1:0\"\n[[route]]\nhosts = [\"a.example\"]\nbackend = \"127.0.0.1:{server.Port}\"\n[timeouts]\npeek = \"10m\"\n");
        return ForwarderProcess.StartSteady(_folder);
    }

    private static HashSet<int> UsedBy(int process) =>
        [.. Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Select(file => int.Parse(Path.GetFileName(file), CultureInfo.InvariantCulture))];

    /// <summary>Sets the soft limit of open files.</summary>
    private static async Task LimitAsync(int process, int files)
    {
        using var prlimit = Process.Start("prlimit", ["--pid", $"{process}", $"--nofile={files}:"]);
        await prlimit.WaitForExitAsync(TestContext.Current.CancellationToken).InTimeAsync();
        Assert.Equal(0, prlimit.ExitCode);
    }

    private static int LimitOf(int process) =>
        int.Parse(OpenFiles().Match(File.ReadAllText($"/proc/{process}/limits")).Groups[1].Value, CultureInfo.InvariantCulture);

    /// <summary>What it has used of the processors (proc_pid_stat(5): utime and stime, in hundredths of a second).</summary>
    private static TimeSpan CpuOf(int process)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromMilliseconds(10 * (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)));
    }

    [GeneratedRegex(@"Max open files\s+(\d+)")]
    private static partial Regex OpenFiles();

    [GeneratedRegex("pauses accepting: TooManyOpenSockets")]
    private static partial Regex Paused();

    [GeneratedRegex("end=no_descriptor")]
    private static partial Regex TurnedAway();

    [GeneratedRegex("end=no_route")]
    private static partial Regex NoRoute();
}
