namespace SniForward.Selecting.Health;

/// <summary>What a check found.</summary>
/// <param name="IsServers">Whether it says anything of the server: false if this machine ran short of what a check takes.</param>
/// <param name="Failure">Why it failed, a clause for people; null if it passed.</param>
internal readonly record struct CheckResult(bool IsServers, string? Failure);
