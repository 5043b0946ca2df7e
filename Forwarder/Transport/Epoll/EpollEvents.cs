using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SniForward.Transport.Epoll;

/// <summary>An array of struct epoll_event (epoll_wait(2)), which is packed on x86-64 and nowhere else.</summary>
internal sealed unsafe class EpollEvents
{
    /// <summary>How many events one wait may give.</summary>
    public const int Capacity = 512;

    public const uint In = 0x1;
    public const uint Urgent = 0x2;
    public const uint Out = 0x4;
    public const uint Error = 0x8;
    public const uint HungUp = 0x10;
    public const uint PeerEnded = 0x2000;
    public const uint Exclusive = 1u << 28;
    public const uint EdgeTriggered = 1u << 31;

    /// <summary>Operations of epoll_ctl(2).</summary>
    public const int Add = 1, Delete = 2, Modify = 3;

    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    /// <summary>The size of one event, in bytes.</summary>
    public static int Stride { get; } = DataOffset + 8;

    public byte[] Buffer { get; } = GC.AllocateArray<byte>(Capacity * Stride, pinned: true);

    public uint EventsOf(int index) => Unsafe.ReadUnaligned<uint>(ref Buffer[index * Stride]);

    public ulong DataOf(int index) => Unsafe.ReadUnaligned<ulong>(ref Buffer[index * Stride + DataOffset]);

    public static void Write(byte* entry, uint events, ulong data)
    {
        Unsafe.WriteUnaligned(entry, events);
        Unsafe.WriteUnaligned(entry + DataOffset, data);
    }
}
