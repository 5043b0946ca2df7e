namespace SniForward.Framing;

/// <summary>What came of reading the head of a message.</summary>
internal enum HeadAnswer
{
    /// <summary>Every byte so far fits, and more are needed.</summary>
    NeedMore,

    /// <summary>The head is whole and well formed, and there is one way to tell where its message ends.</summary>
    Found,

    /// <summary>The bytes break HTTP/1, or could be understood in two ways.</summary>
    Malformed,

    /// <summary>The head is not whole, and has as many bytes as it may have.</summary>
    TooLarge,
}
