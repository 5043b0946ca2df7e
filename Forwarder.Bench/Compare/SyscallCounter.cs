using System.Diagnostics;
using System.Globalization;

namespace SniForward.Bench.Compare;

/// <summary>Counts system calls of processes that run, with strace, by their names.</summary>
internal sealed class SyscallCounter
{
    private static readonly TimeSpan AttachTime = TimeSpan.FromMilliseconds(700);

    private readonly Process _strace;
    private readonly string _output;

    private SyscallCounter(Process strace, string output)
    {
        _strace = strace;
        _output = output;
    }

    public static bool IsInstalled => Executable.Find("strace") is not null;

    /// <param name="processes">With all their threads.</param>
    /// <param name="output">A file for the table of strace.</param>
    public static SyscallCounter Attach(IEnumerable<int> processes, string output)
    {
        var arguments = processes.SelectMany(id => new[] { "-p", id.ToString(CultureInfo.InvariantCulture) });
        var start = new ProcessStartInfo("strace", ["--quiet=attach", "-f", "-c", "-o", output, .. arguments]);
        var strace = Process.Start(start) ?? throw new MeasurementException("strace does not start.");
        Thread.Sleep(AttachTime);
        return strace.HasExited ? throw new MeasurementException("strace may not trace the proxy.") : new SyscallCounter(strace, output);
    }

    /// <summary>Stops counting and gives the counts.</summary>
    public IReadOnlyDictionary<string, long> Detach()
    {
        ShortCommand.Run("kill", "-INT", _strace.Id.ToString(CultureInfo.InvariantCulture));
        _strace.WaitForExit();
        _strace.Dispose();
        return File.ReadLines(_output)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            // % time, seconds, µs per call, calls, errors (or nothing), name; the last line is the total.
            .Where(fields => fields.Length is 5 or 6 && char.IsAsciiDigit(fields[0][0]) && fields[^1] != "total")
            .ToDictionary(fields => fields[^1], fields => long.Parse(fields[3], CultureInfo.InvariantCulture));
    }
}
