namespace SniForward.Selecting.Health;

/// <summary>That a server's health has changed, and why.</summary>
/// <param name="Verdict">What it is now.</param>
/// <param name="Why">A clause for people.</param>
/// <param name="CoolDown">How long it is left alone, if it is out.</param>
internal readonly record struct HealthChange(HealthVerdict Verdict, string Why, TimeSpan CoolDown);
