namespace SniForward.Transport.Epoll;

/// <summary>What is known of a socket without asking the kernel.</summary>
[Flags]
internal enum SocketState : ushort
{
    None = 0,

    /// <summary>A read may give something.</summary>
    Readable = 1,

    /// <summary>The peer's end has arrived: a read that comes back short has reached it.</summary>
    PeerEnded = 2,

    /// <summary>That end has been reached.</summary>
    AtEnd = 4,

    /// <summary>Urgent data came once (tcp(7)): a read may come back short with more behind the mark.</summary>
    Urgent = 8,

    Watched = 16,
    WatchedForWriting = 32,

    /// <summary>Something was sent: from the second time on, Nagle's algorithm would delay it.</summary>
    HasSent = 64,

    /// <summary>Nagle's algorithm is off.</summary>
    NoDelay = 128,

    /// <summary>Its sending half is about to be ended.</summary>
    Ending = 256,

    /// <summary>That more comes is no news: what came before has not been read yet.</summary>
    Paused = 512,

    /// <summary>It was reset or is broken, of which only a read tells, and behind what came before.</summary>
    Failed = 1024,
}
