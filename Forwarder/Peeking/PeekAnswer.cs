namespace SniForward.Peeking;

/// <summary>
/// What the first bytes of a connection turned out to be. The answers are never taken for one another:
/// an incomplete or a malformed hello is not a hello without a name.
/// </summary>
internal enum PeekAnswer
{
    /// <summary>Every byte so far fits, and more are needed to decide.</summary>
    NeedMore,

    /// <summary>Whole and well formed, with a name.</summary>
    Found,

    /// <summary>Whole and well formed, and it carries no name.</summary>
    NoName,

    /// <summary>Whole and well formed; the client says no more before it is answered, and its name comes then.</summary>
    AwaitsAnswer,

    /// <summary>The client has said nothing, or nothing that names a server, and seems to wait for the server to speak.</summary>
    AwaitsServer,

    /// <summary>Not the protocol that this parser reads, or, of a whole peek, none that SniForward knows.</summary>
    NotMine,

    /// <summary>The protocol is known, and these bytes break it.</summary>
    Malformed,

    /// <summary>It would be well formed, but is larger than the peek may be.</summary>
    TooLarge,

    /// <summary>It may be well formed, but no memory is left for more of it: see <see cref="PeekBudget"/>.</summary>
    NoMemory,

    /// <summary>The protocol is known, and this listener does not accept it.</summary>
    NotAccepted,

    /// <summary>The client ended its side (FIN) before the first flight was whole.</summary>
    Ended,

    /// <summary>The client reset the connection, or it failed.</summary>
    Reset,

    /// <summary>The peek's deadline passed.</summary>
    TimedOut,
}
