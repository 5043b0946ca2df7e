namespace SniForward.Selecting.Health;

/// <summary>What a server has become.</summary>
internal enum HealthVerdict
{
    /// <summary>Fit again.</summary>
    Back,

    /// <summary>Taken out by connections that failed, until one that tries it succeeds.</summary>
    Out,

    /// <summary>Taken out by its checks, until they pass.</summary>
    Down,
}
