namespace SniForward.Transport.Epoll;

/// <summary>A descriptor that a reactor watches.</summary>
internal abstract class Watched
{
    /// <summary>The descriptor; -1: it is closed.</summary>
    public int Fd { get; protected set; } = -1;

    /// <summary>Tells one use of a descriptor from the next: an event of the last may still be under way.</summary>
    public uint Generation { get; set; }

    /// <summary>Something has happened to it; <paramref name="events"/> is the mask of epoll_ctl(2).</summary>
    public abstract void OnEvents(uint events);
}
