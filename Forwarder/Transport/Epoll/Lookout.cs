using System.Diagnostics;

namespace SniForward.Transport.Epoll;

/// <summary>
/// Whether to look for events once more instead of sleeping until one comes. To put a thread to sleep and wake it costs more
/// than most messages, on a virtual machine above all, and where messages come one upon the other the next is there before
/// that would be done. Some look-outs in vain, one upon the other, make the next ones rarer, so that next to nothing is spent
/// on traffic that has pauses; and other threads that want the core get it.
/// </summary>
internal sealed class Lookout
{
    /// <summary>How long to look out: 50 µs, in ticks of the clock.</summary>
    private static readonly long Longest = Stopwatch.Frequency / 20_000;

    /// <summary>How many in vain, one upon the other, are enough: whoever answers has to wake up first, too.</summary>
    private const int MostInVain = 16;

    private const int MostSkipped = 4096;

    // On a machine with a single core whoever would send the event cannot run meanwhile. (.NET counts only the cores that
    // this process may use.)
    private readonly bool _isWorthwhile = Libc.OnlineProcessors() > 1;
    private int _inVain;
    private int _skipped = MostInVain;
    private int _left;

    /// <summary>Looks for events with <paramref name="epoll"/> for a moment, if that is worthwhile. How many there are.</summary>
    public int Wait(int epoll, EpollEvents events)
    {
        if (!_isWorthwhile || --_left > 0) return 0;
        var until = Stopwatch.GetTimestamp() + Longest;
        do
        {
            var count = Libc.EpollWait(epoll, events, 0);
            if (count != 0)
            {
                (_inVain, _skipped) = (0, MostInVain);
                return count;
            }
            Thread.Yield();
        }
        while (Stopwatch.GetTimestamp() < until);

        if (++_inVain == MostInVain)
        {
            _inVain = 0;
            _skipped = Math.Min(2 * _skipped, MostSkipped);
            _left = _skipped;
        }
        return 0;
    }
}
