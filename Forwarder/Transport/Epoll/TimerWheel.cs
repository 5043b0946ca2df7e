using System.Numerics;

namespace SniForward.Transport.Epoll;

/// <summary>
/// Timers in wheels of 64 slots, each wheel 64 times slower than the one before it (Varghese and Lauck, "Hashed and
/// hierarchical timing wheels", 1987): setting and unsetting one costs the same however many there are. Not for several
/// threads.
/// </summary>
internal sealed class TimerWheel
{
    private const int SlotBits = 6;
    private const int Slots = 1 << SlotBits;
    private const int Wheels = 5;

    /// <summary>The farthest tick ahead that fits; what is due later is looked at again then.</summary>
    private const long Horizon = (1L << (SlotBits * Wheels)) - 1;

    private readonly WheelTimer?[] _slots = new WheelTimer?[Wheels * Slots];
    private readonly ulong[] _used = new ulong[Wheels];
    private long _now;

    /// <summary>Sets <paramref name="timer"/>, which is not set, to be due at <paramref name="tick"/>, or at the next if that has been.</summary>
    public void Add(WheelTimer timer, long tick)
    {
        timer.Due = Math.Max(tick, _now + 1);
        Insert(timer);
    }

    public void Remove(WheelTimer timer)
    {
        if (timer.Slot < 0) return;
        if (timer.Next is not null) timer.Next.Previous = timer.Previous;
        if (timer.Previous is not null) timer.Previous.Next = timer.Next;
        else _slots[timer.Slot] = timer.Next;
        if (_slots[timer.Slot] is null) _used[timer.Slot >> SlotBits] &= ~(1UL << (timer.Slot & (Slots - 1)));
        timer.Next = timer.Previous = null;
        timer.Slot = -1;
    }

    /// <summary>The next tick at which <see cref="Advance"/> has something to do; -1: none.</summary>
    public long NextTick()
    {
        var first = long.MaxValue;
        for (var wheel = 0; wheel < Wheels; wheel++)
        {
            if (_used[wheel] == 0) continue;
            var shift = wheel * SlotBits;
            var position = (int)(_now >> shift) & (Slots - 1);
            // The slots behind the hand, in the order in which it comes to them.
            var ahead = BitOperations.RotateRight(_used[wheel], position + 1);
            var steps = BitOperations.TrailingZeroCount(ahead) + 1;
            first = Math.Min(first, ((_now >> shift) + steps) << shift);
        }
        return first == long.MaxValue ? -1 : first;
    }

    /// <summary>Fires every timer that is due at <paramref name="tick"/> or before, in the order of their ticks.</summary>
    public void Advance(long tick)
    {
        while (NextTick() is >= 0 and var next && next <= tick)
        {
            _now = next;
            // A slower wheel's slot that the hand has come to is dealt out over the faster ones.
            for (var wheel = Wheels - 1; wheel > 0; wheel--)
            {
                if ((next & ((1L << (wheel * SlotBits)) - 1)) == 0) Empty(wheel);
            }
            Fire();
        }
        _now = Math.Max(_now, tick);
    }

    private void Insert(WheelTimer timer)
    {
        var ahead = Math.Min(timer.Due - _now, Horizon);
        var wheel = ahead < Slots ? 0 : BitOperations.Log2((ulong)ahead) / SlotBits;
        var slot = wheel * Slots + ((int)((_now + ahead) >> (wheel * SlotBits)) & (Slots - 1));
        timer.Slot = slot;
        timer.Next = _slots[slot];
        if (timer.Next is not null) timer.Next.Previous = timer;
        _slots[slot] = timer;
        _used[wheel] |= 1UL << (slot & (Slots - 1));
    }

    private void Empty(int wheel)
    {
        var slot = wheel * Slots + ((int)(_now >> (wheel * SlotBits)) & (Slots - 1));
        while (_slots[slot] is { } timer)
        {
            Remove(timer);
            // What is due now goes to the slot under the hand, which is fired next.
            Insert(timer);
        }
    }

    private void Fire()
    {
        var slot = (int)_now & (Slots - 1);
        while (_slots[slot] is { } timer)
        {
            Remove(timer);
            timer.Fire();
        }
    }
}
