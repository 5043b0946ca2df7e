namespace SniForward.Startup.Configuration;

/// <summary>How often something may be.</summary>
/// <param name="PerSecond">As often as that; 0: no limit.</param>
/// <param name="Burst">How many may come at once after a while without any; at least 1.</param>
internal readonly record struct ConfigRate(double PerSecond, double Burst)
{
    /// <summary>Reads a rate, or a table of one and its burst, which else is one second's worth.</summary>
    public static ConfigRate Read(ConfigSection section, string key)
    {
        var table = section.TableOrNull(key);
        double perSecond = table is null
            ? section.Value<double>(key, 0, ConfigValues.TryRate, ConfigValues.ARateOrTable)
            : table.Value<double>("rate", 0, ConfigValues.TryRate, ConfigValues.ARate);
        if (table?.Has("rate") == false)
            table.RefuseWithout("rate", "write { rate = \"20/s\", burst = 50 }");
        int burst = table?.Count("burst", otherwise: 0, least: 1) ?? 0;
        table?.RefuseOtherKeys();
        return new ConfigRate(perSecond, burst > 0 ? burst : Math.Max(1, perSecond));
    }
}
