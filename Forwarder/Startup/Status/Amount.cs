using System.Globalization;

namespace SniForward.Startup.Status;

/// <summary>Amounts as people read them: three digits and a unit.</summary>
internal static class Amount
{
    private static readonly string[] Sizes = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    private static readonly string[] Rates = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"];

    public static string Bytes(long bytes) => Scaled(bytes, 1024, Sizes);

    public static string BitsPerSecond(double bytesPerSecond) => Scaled(bytesPerSecond * 8, 1000, Rates);

    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>The two largest units of it.</summary>
    public static string Duration(double seconds)
    {
        var span = TimeSpan.FromSeconds(Math.Max(0, seconds));
        return span switch
        {
            { Days: > 0 } => string.Create(CultureInfo.InvariantCulture, $"{span.Days}d {span.Hours}h"),
            { Hours: > 0 } => string.Create(CultureInfo.InvariantCulture, $"{span.Hours}h {span.Minutes}min"),
            { Minutes: > 0 } => string.Create(CultureInfo.InvariantCulture, $"{span.Minutes}min {span.Seconds}s"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0}s"),
        };
    }

    private static string Scaled(double value, double step, string[] units)
    {
        var unit = 0;
        while (value >= step && unit < units.Length - 1)
        {
            value /= step;
            unit++;
        }
        var format = unit == 0 || value >= 100 ? "0" : value >= 10 ? "0.0" : "0.00";
        return $"{value.ToString(format, CultureInfo.InvariantCulture)} {units[unit]}";
    }
}
