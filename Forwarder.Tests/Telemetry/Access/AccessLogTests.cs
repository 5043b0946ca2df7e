using SniForward.Startup;
using SniForward.Telemetry.Access;

namespace SniForward.Tests.Telemetry.Access;

/// <summary>Lines are written whole, in their order, or counted as lost; and who leaves them never waits.</summary>
public sealed class AccessLogTests
{
    private readonly TestConsole _console = new();
    private readonly KeptLogger _logger = new();

    [Fact]
    public async Task Lines_of_several_engines_are_whole_and_in_the_order_of_each()
    {
        const int Engines = 4, Lines = 5_000;
        using (var log = New(Engines))
        {
            await Task.WhenAll(log.Lanes.Select((lane, engine) => Task.Run(() =>
            {
                for (var i = 0; i < Lines; i++) lane.Write(i, $"engine{engine}");
            })));
        }

        Assert.Empty(_logger);
        var lines = _console.Lines();
        Assert.Equal(Engines * Lines, lines.Length);
        for (var engine = 0; engine < Engines; engine++)
        {
            var own = lines.Where(line => line.Contains($" engine{engine} ", StringComparison.Ordinal));
            Assert.Equal(Enumerable.Range(0, Lines), own.Select(AccessLines.IdOf));
        }
    }

    [Fact]
    public async Task A_line_is_written_though_no_other_follows()
    {
        using var log = New();
        _console.Block();

        log.Lanes[0].Write(1);

        await _console.Written.Task.InTimeAsync();
        _console.Open();
    }

    [Fact]
    public async Task What_a_full_console_does_not_take_is_dropped_and_counted_and_nobody_waits()
    {
        _console.Block();
        var count = 0;
        var log = New(queue: 64 << 10);
        // The thread that writes is held up from here on: it takes no more until the end.
        log.Lanes[0].Write(count++);
        await _console.Written.Task.InTimeAsync();
        while (log.Dropped == 0) log.Lanes[0].Write(count++);
        // Two buffers of 32 KiB, in which a line takes no less than a quarter of a KiB.
        Assert.InRange(count, 64, 256);
        for (var i = 0; i < 100; i++) log.Lanes[0].Write(count++);

        _console.Open();
        log.Dispose();

        var lines = _console.Lines();
        Assert.Equal(count, lines.Length + log.Dropped);
        Assert.Equal(Enumerable.Range(0, lines.Length), lines.Select(AccessLines.IdOf));
        Assert.Contains(_logger, line => line.Contains($" {log.Dropped} lines were lost: they came faster", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_console_that_is_never_read_does_not_keep_the_program_from_ending()
    {
        _console.Block();
        var log = New();
        log.Lanes[0].Write(1);
        await _console.Written.Task.InTimeAsync();

        log.Dispose();

        Assert.Empty(_console.Lines());
        _console.Open();
    }

    [Fact]
    public void Lines_that_cannot_be_written_are_counted_and_said_and_the_next_are_written()
    {
        _console.IsBroken = true;
        using (var log = New())
        {
            log.Lanes[0].Write(1);
            Assert.True(SpinWait.SpinUntil(() => log.Dropped == 1, Patience.Limit));
            _console.IsBroken = false;
            log.Lanes[0].Write(2);
        }

        Assert.Equal([2], _console.Lines().Select(AccessLines.IdOf));
        Assert.Contains(_logger, line => line.Contains(" 1 lines were lost: No space left on device;", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_an_access_log_nothing_is_written()
    {
        using (var log = New(isEnabled: false))
        {
            Assert.False(log.Lanes[0].Enabled);
            log.Lanes[0].Write(1);
        }
        Assert.Empty(_console.Lines());
    }

    private AccessLog New(int lanes = 1, long queue = 16 << 20, bool isEnabled = true) =>
        new(new AccessSettings { Enabled = isEnabled, Queue = queue }, lanes, _console.Write, AppendingFile.Open, _logger);
}
