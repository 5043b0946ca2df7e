namespace SniForward.Startup;

/// <summary>What became of a reload.</summary>
/// <param name="Errors">Why the configuration was not taken over; empty: it was.</param>
/// <param name="Changes">How many things it says differently.</param>
internal sealed record ReloadOutcome(IReadOnlyList<string> Errors, int Changes = 0)
{
    /// <summary>What metrics call each.</summary>
    public static IReadOnlyList<string> Names { get; } = ["applied", "unchanged", "refused"];

    /// <summary>Its place in <see cref="Names"/>.</summary>
    public int Index => Errors.Count > 0 ? 2 : Changes == 0 ? 1 : 0;
}
