namespace SniForward.Startup.TakeOver;

/// <summary>What two processes say to each other while one takes the other's place: one byte each.</summary>
internal static class TakeOverMessage
{
    /// <summary>From the old one: a listening socket comes with it. The first is the one that this conversation is held over.</summary>
    public const byte Socket = (byte)'s';

    /// <summary>From the old one: those were all.</summary>
    public const byte All = (byte)'a';

    /// <summary>From the new one: it serves.</summary>
    public const byte Serving = (byte)'r';

    /// <summary>From the old one: it accepts no more.</summary>
    public const byte Gone = (byte)'g';
}
