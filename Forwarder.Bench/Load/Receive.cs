using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using SniForward.Transport;

namespace SniForward.Bench.Load;

/// <summary>Reading what is only counted.</summary>
internal static class Receive
{
    /// <summary>Takes <paramref name="count"/> bytes; false if the peer ends before them.</summary>
    /// <exception cref="IOException">The connection was reset.</exception>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public static async ValueTask<bool> ExactlyAsync(PipeReader input, int count)
    {
        while (true)
        {
            var read = await input.ReadAsync().ConfigureAwait(false);
            if (read.Buffer.Length >= count)
            {
                input.AdvanceTo(read.Buffer.GetPosition(count));
                return true;
            }
            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted) return false;
        }
    }

    /// <summary>Takes everything up to the peer's end; the value is of no use.</summary>
    /// <exception cref="IOException">The connection was reset.</exception>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public static async ValueTask<bool> ToEndAsync(PipeReader input)
    {
        while (true)
        {
            var read = await input.ReadAsync().ConfigureAwait(false);
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return true;
        }
    }

    /// <summary>Takes a hello and tells the order in it; null if the peer ends before that.</summary>
    /// <exception cref="IOException">The connection was reset.</exception>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public static async ValueTask<OriginOrder?> HelloAsync(PipeReader input)
    {
        while (true)
        {
            var read = await input.ReadAsync().ConfigureAwait(false);
            if (TakeHello(input, read.Buffer) is { } order) return order;
            if (read.IsCompleted) return null;
        }
    }

    private static OriginOrder? TakeHello(PipeReader input, ReadOnlySequence<byte> received)
    {
        Span<byte> hello = stackalloc byte[1024];
        var length = (int)Math.Min(hello.Length, received.Length);
        received.Slice(0, length).CopyTo(hello);
        if (length < Hello.HeaderSize || length < Hello.LengthOf(hello))
        {
            input.AdvanceTo(received.Start, received.End);
            return null;
        }
        input.AdvanceTo(received.GetPosition(Hello.LengthOf(hello)));
        return Hello.OrderOf(hello);
    }
}
