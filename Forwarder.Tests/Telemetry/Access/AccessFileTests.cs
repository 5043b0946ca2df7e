using System.Text.Json;
using SniForward.Startup;
using SniForward.Telemetry;
using SniForward.Telemetry.Access;

namespace SniForward.Tests.Telemetry.Access;

/// <summary>The access log in a file that is renamed, cut, shared, in vain opened again, or another one from now on.</summary>
public sealed class AccessFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;
    private readonly TestConsole _console = new();
    private readonly KeptLogger _logger = new();

    private string File => Path.Combine(_folder, "access.log");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task No_line_is_lost_or_torn_while_the_file_is_renamed_and_opened_again()
    {
        // So many at each that a thread that writes and has no turn is never behind by more than there is room for.
        const int Rotations = 20, LinesEach = 2_000;
        var written = 0;
        using (var log = New())
        {
            using var rotation = new Barrier(participantCount: 2);
            var writing = Task.Run(
                () =>
                {
                    for (var i = 0; i < Rotations; i++)
                    {
                        rotation.SignalAndWait(TestContext.Current.CancellationToken);
                        for (var line = 0; line < LinesEach; line++) log.Lanes[0].Write(written++);
                    }
                },
                TestContext.Current.CancellationToken);
            for (var i = 0; i < Rotations; i++)
            {
                rotation.SignalAndWait(TestContext.Current.CancellationToken);
                System.IO.File.Move(File, $"{File}.{i}");
                log.Reopen();
                Assert.True(System.IO.File.Exists(File));
            }
            await writing.InTimeAsync();
            Assert.Equal(0, log.Dropped);
        }

        string[] files = [.. Enumerable.Range(0, Rotations).Select(i => $"{File}.{i}"), File];
        Assert.Equal(Enumerable.Range(0, written), files.SelectMany(System.IO.File.ReadLines).Select(AccessLines.IdOf));
        Assert.Equal(Rotations, _logger.Count(line => line == $"Information: the access log {File} was opened again"));
    }

    [Fact]
    public void What_was_logged_before_it_is_opened_again_is_in_the_file_from_before()
    {
        using var log = New();
        log.Lanes[0].Write(1);
        System.IO.File.Move(File, File + ".1");

        log.Reopen();
        log.Lanes[0].Write(2);
        log.Dispose();

        Assert.Equal([1], Ids(File + ".1"));
        Assert.Equal([2], Ids(File));
    }

    [Fact]
    public void A_file_that_cannot_be_opened_again_is_an_error_and_the_lines_go_on_into_the_one_from_before()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "logs")).FullName;
        using var log = New(Path.Combine(folder, "access.log"));
        Directory.Move(folder, folder + ".1");

        log.Reopen();
        log.Lanes[0].Write(1);
        log.Dispose();

        Assert.Equal([1], Ids(Path.Combine(folder + ".1", "access.log")));
        Assert.Equal(
            $"Error: the access log {folder}/access.log cannot be opened: its folder does not exist; make it, or name another; its lines go on into the file from before",
            Assert.Single(_logger));
    }

    [Fact]
    public void Without_a_file_there_is_nothing_to_open_again()
    {
        using var log = New(file: null);

        log.Reopen();
        log.Lanes[0].Write(1);
        log.Dispose();

        Assert.Equal([1], _console.Lines().Select(AccessLines.IdOf));
        Assert.Contains("no file", Assert.Single(_logger), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_appended_to_and_only_its_user_and_group_may_read_it()
    {
        System.IO.File.WriteAllText(File, "before\n");
        using (var log = New()) log.Lanes[0].Write(1);
        using (var log = New(File + ".new")) log.Lanes[0].Write(2);

        Assert.Equal("before", System.IO.File.ReadLines(File).First());
        Assert.Equal([1], System.IO.File.ReadLines(File).Skip(1).Select(AccessLines.IdOf));
        if (OperatingSystem.IsWindows()) return;
        var mode = System.IO.File.GetUnixFileMode(File + ".new");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode & ~UnixFileMode.GroupRead);
    }

    [Fact]
    public async Task Two_processes_may_write_to_one_file()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("Only on Linux each write goes to the end.");
        const int Lines = 20_000;
        using (AccessLog first = New(), second = New())
        {
            await Task.WhenAll(new[] { first, second }.Select((log, i) => Task.Run(() =>
            {
                for (var id = 0; id < Lines; id++)
                {
                    log.Lanes[0].Write(id, $"process{i}");
                    // So that there are many writes.
                    if (id % 1000 == 999) log.Apply(new AccessSettings { File = File });
                }
            })));
        }

        var lines = System.IO.File.ReadAllLines(File);
        for (var i = 0; i < 2; i++)
            Assert.Equal(Enumerable.Range(0, Lines), lines.Where(line => line.Contains($" process{i} ", StringComparison.Ordinal)).Select(AccessLines.IdOf));
    }

    [Fact]
    public void A_file_that_was_cut_to_nothing_begins_anew()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("Only on Linux each write goes to the end.");
        using var log = New();
        log.Lanes[0].Write(1);
        log.Apply(new AccessSettings { File = File, Format = LogFormat.Text });
        Assert.Equal([1], Ids(File));
        System.IO.File.WriteAllText(File, "");

        log.Lanes[0].Write(2);
        log.Dispose();

        Assert.Equal([2], Ids(File));
    }

    [Fact]
    public void A_full_disk_is_counted_and_said_and_nothing_ends_by_it()
    {
        if (!System.IO.File.Exists("/dev/full")) Assert.Skip("This machine has no /dev/full.");
        using var log = New("/dev/full");

        log.Lanes[0].Write(1);
        Assert.True(SpinWait.SpinUntil(() => log.Dropped == 1, Patience.Limit));
        log.Apply(new AccessSettings { File = File });
        log.Lanes[0].Write(2);
        log.Dispose();

        Assert.Equal([2], Ids(File));
        Assert.Contains(_logger, line => line.StartsWith("Warning: access log: 1 lines were lost: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_that_are_applied_hold_for_the_next_line()
    {
        using var log = New();
        log.Lanes[0].Write(1);

        log.Apply(new AccessSettings { Format = LogFormat.Json });
        log.Lanes[0].Write(2);
        log.Apply(new AccessSettings { Enabled = false });
        Assert.False(log.Lanes[0].Enabled);
        log.Lanes[0].Write(3);
        log.Apply(new AccessSettings { File = File });
        log.Lanes[0].Write(4);
        log.Dispose();

        Assert.Equal([1, 4], Ids(File));
        Assert.Equal(2, JsonDocument.Parse(Assert.Single(_console.Lines())).RootElement.GetProperty("id").GetInt32());
    }

    [Fact]
    public void Settings_whose_file_cannot_be_opened_are_refused_whole()
    {
        using var log = New();

        var refusal = Assert.Throws<AccessFileException>(() => log.Apply(new AccessSettings { Format = LogFormat.Json, File = _folder }));
        log.Lanes[0].Write(1);
        log.Dispose();

        Assert.Equal($"the access log {_folder} cannot be opened: it is a directory; name a file in it", refusal.Message);
        Assert.Equal([1], Ids(File));
    }

    [Fact]
    public async Task A_change_waits_for_no_console_that_takes_nothing()
    {
        _console.Block();
        using var log = New(file: null);
        log.Lanes[0].Write(1);
        await _console.Written.Task.InTimeAsync();

        log.Apply(new AccessSettings { File = File });
        log.Apply(new AccessSettings { File = File + ".2" });
        _console.Open();
        log.Apply(new AccessSettings { File = File + ".3" });
        log.Lanes[0].Write(2);
        log.Dispose();

        Assert.Equal([1], _console.Lines().Select(AccessLines.IdOf));
        Assert.Equal([2], Ids(File + ".3"));
    }

    private AccessLog New() => New(File);

    private AccessLog New(string? file) => new(new AccessSettings { File = file }, 1, _console.Write, AppendingFile.Open, _logger);

    private static IEnumerable<int> Ids(string file) => System.IO.File.ReadLines(file).Select(AccessLines.IdOf);
}
