namespace SniForward.Bench.Compare;

/// <summary>The values of all rounds in short.</summary>
internal readonly record struct Summary(double Median, double Min, double Max)
{
    /// <summary>Null if there are no values.</summary>
    public static Summary? Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0) return null;
        var median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        return new Summary(median, sorted[0], sorted[^1]);
    }

    public override string ToString() => $"{Metric.Format(Median)} [{Metric.Format(Min)}–{Metric.Format(Max)}]";
}
