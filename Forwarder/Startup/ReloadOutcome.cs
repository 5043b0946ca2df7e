namespace SniForward.Startup;

/// <summary>What became of a reload.</summary>
/// <param name="Errors">Why the configuration was not taken over; empty: it was.</param>
internal sealed record ReloadOutcome(IReadOnlyList<string> Errors)
{
    public bool IsTakenOver => Errors.Count == 0;
}
