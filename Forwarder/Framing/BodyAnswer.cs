namespace SniForward.Framing;

/// <summary>What came of reading bytes of a body.</summary>
internal enum BodyAnswer
{
    /// <summary>All the bytes belong to the message, and more will.</summary>
    More,

    /// <summary>The message has ended; the bytes that were not taken do not belong to it.</summary>
    Ended,

    /// <summary>The bytes break the body's framing, and where the message ends will never be known.</summary>
    Malformed,
}
