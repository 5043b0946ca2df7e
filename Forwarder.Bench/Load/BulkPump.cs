using System.Net.Sockets;

namespace SniForward.Bench.Load;

/// <summary>
/// The two halves of a bulk transfer, each a thread with a blocking socket: at 256 KiB a call, the calls themselves cost
/// next to nothing.
/// </summary>
internal static class BulkPump
{
    private const int ThreadStack = 256 * 1024;

    private static readonly byte[] Zeros = new byte[256 * 1024];

    // With MSG_TRUNC the kernel counts what was received and copies none of it here, so that all threads may share it.
    private static readonly byte[] Received = new byte[1024 * 1024];

    /// <summary>What is sent in one call.</summary>
    public static ReadOnlySpan<byte> Sent => Zeros;

    /// <summary>Sends on <paramref name="socket"/> until it is closed at either end.</summary>
    public static void Send(Socket socket) => Run(() =>
    {
        while (socket.Send(Sent) > 0)
        {
        }
    });

    /// <summary>Receives from <paramref name="socket"/> until it is closed at either end, counting bytes, and disposes of it.</summary>
    public static void Receive(Socket socket, BulkCounter counter) => Run(() =>
    {
        using (socket)
        {
            while (Discard(socket, Received.Length) is > 0 and var received) counter.Add(received);
        }
    });

    /// <summary>Receives what has come, but no more than <paramref name="limit"/> bytes, and gives their number; 0 at the end.</summary>
    public static int Discard(Socket socket, long limit) =>
        socket.Receive(Received.AsSpan(0, (int)Math.Min(limit, Received.Length)), SocketFlags.Truncated);

    /// <summary>Runs <paramref name="work"/> in a thread of its own; it ends when its socket is closed.</summary>
    public static void Run(Action work)
    {
        var thread = new Thread(() => UntilClosed(work), ThreadStack) { IsBackground = true };
        thread.Start();
    }

    private static void UntilClosed(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // That is how a transfer without end does end.
        }
    }
}
