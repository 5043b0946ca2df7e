namespace SniForward.Selecting.Health;

/// <summary>When a server is taken out, and when it is back; and how it is checked, if it is.</summary>
/// <param name="Fall">How many connects, or checks, must fail in a row; at least 1.</param>
/// <param name="Rise">How many checks must pass in a row; at least 1.</param>
/// <param name="Check">How it is checked; null: it is not.</param>
internal sealed record HealthRules(int Fall = HealthRules.DefaultFall, int Rise = HealthRules.DefaultRise, HealthCheck? Check = null)
{
    public const int DefaultFall = 3;

    public const int DefaultRise = 2;

    /// <summary>How long a server is left alone when connects to it have failed.</summary>
    public static readonly TimeSpan FirstCoolDown = TimeSpan.FromSeconds(1);

    /// <summary>The longest that it is: a server that is back is noticed within this time.</summary>
    public static readonly TimeSpan LongestCoolDown = TimeSpan.FromSeconds(10);

    /// <summary>How long a server must be fit before the next cool-down is the first again.</summary>
    public static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(1);
}
