namespace SniForward.Admin;

/// <summary>The one mapping of <see cref="Readiness"/> to what people and their tools read.</summary>
internal static class ReadinessNames
{
    public static string Name(this Readiness readiness) => readiness switch
    {
        Readiness.Starting => "starting",
        Readiness.Serving => "serving",
        _ => "draining",
    };
}
