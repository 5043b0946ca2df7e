using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using SniForward.Framing;
using SniForward.Transport;

namespace SniForward.Exchanging;

/// <summary>
/// Relays the bodies of one direction, one after the other, byte for byte and never more of it at once than a buffer. What
/// belongs to the body whatever it is, once it is worth that, moves as a spliced connection's bytes do.
/// </summary>
/// <param name="time">The engine's clock.</param>
/// <param name="moved">Called with how many bytes the sink has taken, each time.</param>
internal sealed class BodyRelay(TimeProvider time, Action<int> moved) : IMoveObserver, IValueTaskSource<MoveEnd>
{
    /// <summary>From so many certain bytes on they are moved without being looked at.</summary>
    private const int Bulk = 16 * 1024;

    /// <summary>How much is relayed by buffers, in bytes, before others on the same engine have a turn.</summary>
    private const int Turn = 1024 * 1024;

    private ManualResetValueTaskSourceCore<MoveEnd> _moved;

    /// <summary>Why the last body was malformed: a constant text; null otherwise.</summary>
    public string? Reason { get; private set; }

    /// <summary>Relays what is to come of a body. Never throws, and passes no end on.</summary>
    /// <param name="source">Whose body it is; what was read of it and not consumed comes first.</param>
    /// <param name="sink">Of the same engine.</param>
    /// <param name="body">As far as it was read.</param>
    /// <param name="bytesPerSecond">The most that moves; 0: no limit.</param>
    [AsyncMethodBuilder(typeof(PooledAsyncMethodBuilder<>))]
    public async ValueTask<RelayEnd> RunAsync(ISocket source, ISocket sink, BodyReader body, long bytesPerSecond)
    {
        Reason = null;
        var left = Turn;
        var pace = Pace.StartNew(bytesPerSecond, time);
        while (!body.HasEnded)
        {
            var certain = body.Certain;
            var allowed = pace?.Allowance(time.GetTimestamp()) ?? int.MaxValue;
            if (allowed == 0)
            {
                // Timers cut a delay to whole milliseconds. Back to the engine, by its SynchronizationContext if it has one.
                await Task.Delay(pace!.UntilAllowed(time.GetTimestamp()) + TimeSpan.FromMilliseconds(1), time).ConfigureAwait(true);
                continue;
            }

            var hasRead = source.Input.TryRead(out var read);
            // Where there is a limit it holds for the whole body, whatever that is made of.
            if (!hasRead && certain >= Bulk && pace is null)
            {
                var end = await MoveAsync(source, sink, certain).ConfigureAwait(false);
                if (end is not MoveEnd.LimitReached) return Of(end, body);
                body.Pass(certain);
                continue;
            }

            try
            {
                if (!hasRead) read = await source.Input.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (IOException e)
            {
                return Pump.IsAbort(e) ? RelayEnd.Aborted : RelayEnd.SourceFailed;
            }
            if (read.Buffer.IsEmpty && read.IsCompleted) return body.MayEnd ? RelayEnd.Whole : RelayEnd.SourceEnded;

            var answer = Take(ref body, read.Buffer.Slice(0, Math.Min(read.Buffer.Length, allowed)), out var taken);
            var part = read.Buffer.Slice(0, taken);
            var error = await sink.SendAsync(part).ConfigureAwait(false);
            source.Input.AdvanceTo(part.End);
            if (error != SocketError.Success) return error == SocketError.OperationAborted ? RelayEnd.Aborted : RelayEnd.SinkFailed;
            if (taken > 0) moved((int)taken);
            pace?.Take((int)taken);
            if (answer is BodyAnswer.Malformed)
            {
                Reason = body.Reason;
                return RelayEnd.Malformed;
            }

            left -= (int)taken;
            if (left > 0) continue;
            left = Turn;
            await Task.Yield();
        }
        return RelayEnd.Whole;
    }

    /// <summary>Reads of <paramref name="bytes"/> what belongs to the body.</summary>
    /// <param name="body">As far as it was read.</param>
    /// <param name="bytes">The next bytes; they may go on beyond it.</param>
    /// <param name="taken">How many belong to it.</param>
    public static BodyAnswer Take(ref BodyReader body, in ReadOnlySequence<byte> bytes, out long taken)
    {
        taken = 0;
        if (body.HasEnded) return BodyAnswer.Ended;
        foreach (var segment in bytes)
        {
            var answer = body.Read(segment.Span, out var count);
            taken += count;
            if (answer is not BodyAnswer.More) return answer;
        }
        return BodyAnswer.More;
    }

    void IMoveObserver.Moved(ISocket source, int bytes) => moved(bytes);

    void IMoveObserver.Ended(ISocket source, MoveEnd end) => _moved.SetResult(end);

    private ValueTask<MoveEnd> MoveAsync(ISocket source, ISocket sink, long most)
    {
        _moved.Reset();
        source.Move(sink, this, bytesPerSecond: 0, most);
        return new ValueTask<MoveEnd>(this, _moved.Version);
    }

    private static RelayEnd Of(MoveEnd end, in BodyReader body) => end switch
    {
        MoveEnd.SourceEnded => body.MayEnd ? RelayEnd.Whole : RelayEnd.SourceEnded,
        MoveEnd.SourceFailed => RelayEnd.SourceFailed,
        MoveEnd.SinkFailed => RelayEnd.SinkFailed,
        _ => RelayEnd.Aborted,
    };

    MoveEnd IValueTaskSource<MoveEnd>.GetResult(short token) => _moved.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<MoveEnd>.GetStatus(short token) => _moved.GetStatus(token);

    void IValueTaskSource<MoveEnd>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _moved.OnCompleted(continuation, state, token, flags);
}
