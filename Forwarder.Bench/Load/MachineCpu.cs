using System.Globalization;

namespace SniForward.Bench.Load;

/// <summary>The time that all processors of the machine have worked, for whomever.</summary>
internal static class MachineCpu
{
    // USER_HZ (time(7)), the same on all of Linux's present architectures.
    private const double TicksPerSecond = 100;

    /// <summary>Seconds since the start of the machine, to the hundredth, with those that a hypervisor gave to others.</summary>
    public static double Seconds()
    {
        // cpu user nice system idle iowait irq softirq steal … (proc_stat(5)); guests are in user already.
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new[] { 1, 2, 3, 6, 7, 8 }.Sum(at => long.Parse(fields[at], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }
}
