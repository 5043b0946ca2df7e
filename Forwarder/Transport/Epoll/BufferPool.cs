namespace SniForward.Transport.Epoll;

/// <summary>Byte buffers of 4, 16 and 64 KiB, for one thread; as many are kept as were ever in use at once.</summary>
internal sealed class BufferPool
{
    public const int SmallestSize = 4 * 1024;
    public const int LargestSize = 64 * 1024;
    public const int Step = 4;

    private readonly Stack<byte[]>[] _idle = [new(), new(), new()];

    /// <summary>How many are in use.</summary>
    public int Rented { get; private set; }

    /// <summary>How many are kept for the next who needs one.</summary>
    public int Idle => _idle[0].Count + _idle[1].Count + _idle[2].Count;

    /// <summary>A buffer that the garbage collector never moves, and whose bytes are not set.</summary>
    public static byte[] NewBuffer(int size) => GC.AllocateUninitializedArray<byte>(size, pinned: true);

    /// <param name="size">One of the three, in bytes.</param>
    public byte[] Rent(int size)
    {
        Rented++;
        return IdleOf(size).TryPop(out var buffer) ? buffer : NewBuffer(size);
    }

    public void Return(byte[] buffer)
    {
        Rented--;
        IdleOf(buffer.Length).Push(buffer);
    }

    private Stack<byte[]> IdleOf(int size) => _idle[size switch { SmallestSize => 0, SmallestSize * Step => 1, _ => 2 }];
}
