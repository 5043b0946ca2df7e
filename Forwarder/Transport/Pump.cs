using System.Net.Sockets;
using System.Runtime.CompilerServices;
using SniForward.Transport.Tls;

namespace SniForward.Transport;

/// <summary>
/// Moves the bytes of any socket to any other, by what every socket can do: <see cref="ISocket.Input"/> and
/// <see cref="ISocket.SendAsync"/>. An engine moves those between two of its own in better ways.
/// </summary>
internal static class Pump
{
    /// <summary>How much may move, in bytes, before others on the same engine have a turn.</summary>
    private const int Turn = 1024 * 1024;

    /// <inheritdoc cref="ISocket.Move"/>
    /// <param name="source">What was peeked of it must have been given back unexamined.</param>
    /// <param name="sink">Of the same engine.</param>
    /// <param name="observer">Told of what moves.</param>
    /// <param name="bytesPerSecond">0: no limit.</param>
    /// <param name="most">After so many bytes it stops.</param>
    /// <param name="time">The engine's clock.</param>
    /// <param name="abort">Cancelled when the source is aborted, which ends a pause.</param>
    public static async Detached Start(
        ISocket source, ISocket sink, IMoveObserver observer, long bytesPerSecond, long most, TimeProvider time, CancellationToken abort) =>
        observer.Ended(source, await MoveAsync(source, sink, observer, bytesPerSecond, most, time, abort).ConfigureAwait(false));

    /// <summary>Whether what failed did so because it was aborted on this side.</summary>
    public static bool IsAbort(Exception e) =>
        e.InnerException is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted };

    /// <summary>As <see cref="Start"/>, and gives the end to its caller.</summary>
    /// <inheritdoc cref="Start"/>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public static async ValueTask<MoveEnd> MoveAsync(
        ISocket source, ISocket sink, IMoveObserver observer, long bytesPerSecond, long most, TimeProvider time, CancellationToken abort)
    {
        var input = source.Input;
        var pace = Pace.StartNew(bytesPerSecond, time);
        var peeked = 0L;
        if (pace is not null && input.TryRead(out var before))
        {
            peeked = before.Buffer.Length;
            input.AdvanceTo(before.Buffer.Start);
        }

        var left = Turn;
        var isBounded = most < long.MaxValue;
        while (true)
        {
            if (most == 0) return MoveEnd.LimitReached;
            var allowed = pace is null ? long.MaxValue : peeked > 0 ? peeked : pace.Allowance(time.GetTimestamp());
            if (allowed == 0)
            {
                // Timers cut a delay to whole milliseconds. Back to the engine, by its SynchronizationContext if it has one.
                var delay = pace!.UntilAllowed(time.GetTimestamp()) + TimeSpan.FromMilliseconds(1);
                await Task.Delay(delay, time, abort).ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
                if (abort.IsCancellationRequested) return MoveEnd.Aborted;
                continue;
            }

            try
            {
                var read = await input.ReadAsync(CancellationToken.None).ConfigureAwait(false);
                if (read.Buffer.IsEmpty && read.IsCompleted) break;
                allowed = Math.Min(allowed, most);
                var part = read.Buffer.Length > allowed ? read.Buffer.Slice(0, allowed) : read.Buffer;
                var error = await sink.SendAsync(part).ConfigureAwait(false);
                if (error != SocketError.Success) return SinkEnd(error);

                var moved = (int)part.Length;
                input.AdvanceTo(part.End);
                if (peeked > 0) peeked -= moved;
                else pace?.Take(moved);
                left -= moved;
                most -= moved;
                if (moved > 0) observer.Moved(source, moved);
            }
            catch (IOException e)
            {
                return IsAbort(e) ? MoveEnd.Aborted : MoveEnd.SourceFailed;
            }

            if (left > 0) continue;
            left = Turn;
            await Task.Yield();
        }

        // The last bytes of TLS are those that say that there are no more; but what has come too short must not pass for whole.
        if (isBounded) return MoveEnd.SourceEnded;
        var end = sink is TlsSocket tls ? await tls.SendEndAsync().ConfigureAwait(false) : SocketError.Success;
        return end == SocketError.Success ? MoveEnd.SourceEnded : SinkEnd(end);
    }

    private static MoveEnd SinkEnd(SocketError error) =>
        error == SocketError.OperationAborted ? MoveEnd.Aborted : MoveEnd.SinkFailed;
}
