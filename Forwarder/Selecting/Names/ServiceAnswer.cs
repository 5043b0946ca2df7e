namespace SniForward.Selecting.Names;

/// <summary>What the DNS says of a service.</summary>
/// <param name="Records">Its servers. None, without a failure: it is decidedly not available (RFC 2782, a target of ".").</param>
/// <param name="TimeToLive">For how long that holds.</param>
/// <param name="Failure">Why there is no answer; null: there is one.</param>
internal sealed record ServiceAnswer(IReadOnlyList<ServiceRecord> Records, TimeSpan TimeToLive, string? Failure = null)
{
    /// <summary>There is no answer, or none that helps.</summary>
    public static ServiceAnswer Failed(string why) => new([], TimeSpan.Zero, why);
}
