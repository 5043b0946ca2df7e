using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace SniForward.Transport.Sockets;

/// <summary>A connected <see cref="Socket"/>.</summary>
/// <param name="socket">It belongs to this object.</param>
/// <param name="time">The engine's clock.</param>
internal sealed class StreamSocket(Socket socket, TimeProvider time) : ISocket
{
    private const int MoveBufferSize = 64 * 1024;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    // Each buffer is filled before the next is taken: a first flight holds no more of them than its length asks for.
    private static readonly StreamPipeReaderOptions PeekOptions = new(bufferSize: 4096, minimumReadSize: 1, leaveOpen: true, useZeroByteReads: true);

    private readonly SocketSender _sender = new(socket);
    private PipeReader? _input;
    private CancellationTokenSource? _pausing;
    private CancellationTokenSource? _watching;
    private volatile bool _hasEndedSending;
    private long _left;

    public EndPoint RemoteEndPoint { get; } = Unmapped(socket.RemoteEndPoint);

    public EndPoint? LocalEndPoint
    {
        get
        {
            try
            {
                return Unmapped(socket.LocalEndPoint);
            }
            catch (Exception e) when (ErrorOf(e) is not null)
            {
                return null;
            }
        }
    }

    public int CopyRemoteAddress(Span<byte> address, out int port)
    {
        port = 0;
        if (RemoteEndPoint is not IPEndPoint ip || (ip.AddressFamily == AddressFamily.InterNetworkV6 && ip.Address.ScopeId != 0)) return 0;
        port = ip.Port;
        ip.Address.TryWriteBytes(address, out var length);
        return length;
    }

    public PipeReader Input => _input ??= PipeReader.Create(new SocketInput(socket), PeekOptions);

    public async ValueTask<SocketError> SendAsync(ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            var error = await SendAsync(segment).ConfigureAwait(false);
            if (error != SocketError.Success) return error;
        }
        return SocketError.Success;
    }

    public async void Move(ISocket sink, IMoveObserver observer, long bytesPerSecond, long most)
    {
        if (bytesPerSecond > 0) Volatile.Write(ref _pausing, new CancellationTokenSource());
        if (sink is not StreamSocket plain)
        {
            _ = Pump.Start(this, sink, observer, bytesPerSecond, most, time, _pausing?.Token ?? CancellationToken.None);
            return;
        }
        var pace = Pace.StartNew(bytesPerSecond, time);
        _left = most;
        // A source that always has bytes would never let the caller go on: to the other direction, to the next accept.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        observer.Ended(this, await MoveAllAsync(plain, observer, pace).ConfigureAwait(false));
    }

    public void StartWatch(Action gone, bool endCounts)
    {
        _watching = new CancellationTokenSource();
        _ = WatchAsync(gone, endCounts, _watching.Token);
    }

    public void EndWatch() => _watching?.Cancel();

    public void ShutdownSend()
    {
        _hasEndedSending = true;
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (ErrorOf(e) is not null)
        {
            // The peer is gone already; whoever reads from it learns of that.
        }
    }

    public void Abort()
    {
        try
        {
            // Closing with a linger time of zero resets the connection instead of ending it (SO_LINGER, socket(7)).
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (ErrorOf(e) is not null)
        {
            // Closed already.
        }
        socket.Dispose();
        // After that, so that who paused finds it closed.
        Volatile.Read(ref _pausing)?.Cancel();
    }

    public void Dispose()
    {
        _input?.Complete();
        socket.Dispose();
        _sender.Dispose();
        _pausing?.Dispose();
        _watching?.Dispose();
    }

    private async Task WatchAsync(Action gone, bool endCounts, CancellationToken cancel)
    {
        try
        {
            var hasEnded = await SocketInput.ReadableAsync(socket, cancel).ConfigureAwait(false) == 0;
            // Of a reset behind something to read, or behind its end, the system tells only who asks.
            while (!(hasEnded && endCounts) && socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is 0)
                await Task.Delay(BetweenLooks, time, cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception e) when (ErrorOf(e) is not null)
        {
            // Reset, or aborted on this side.
        }
        gone();
    }

    private async ValueTask<MoveEnd> MoveAllAsync(StreamSocket target, IMoveObserver observer, Pace? pace)
    {
        if (_input is not null && await ReplayAsync(_input, target, observer).ConfigureAwait(false) is { } early) return early;
        while (true)
        {
            if (_left == 0) return MoveEnd.LimitReached;
            try
            {
                if (await SocketInput.ReadableAsync(socket).ConfigureAwait(false) == 0) return EndOfSource();
            }
            catch (Exception e) when (ErrorOf(e) is { } error)
            {
                return error == SocketError.OperationAborted ? MoveEnd.Aborted : MoveEnd.SourceFailed;
            }

            if (pace is not null && await PauseAsync(pace).ConfigureAwait(false) is { } cut) return cut;
            if (await MoveReadyAsync(target, observer, pace).ConfigureAwait(false) is { } end) return end;
        }
    }

    /// <summary>Moves what was peeked and not consumed; null if the sink took it.</summary>
    private async ValueTask<MoveEnd?> ReplayAsync(PipeReader input, StreamSocket target, IMoveObserver observer)
    {
        var end = default(MoveEnd?);
        if (input.TryRead(out var peeked))
        {
            var error = await target.SendAsync(peeked.Buffer).ConfigureAwait(false);
            if (error != SocketError.Success) end = SinkEnd(error);
            else if (!peeked.Buffer.IsEmpty) observer.Moved(this, (int)peeked.Buffer.Length);
            _left -= peeked.Buffer.Length;
            input.AdvanceTo(peeked.Buffer.End);
        }
        return end;
    }

    /// <summary>Moves what is there to read; null once nothing more is, or may pass.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<MoveEnd?> MoveReadyAsync(StreamSocket target, IMoveObserver observer, Pace? pace)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MoveBufferSize);
        try
        {
            int room, received;
            do
            {
                room = (int)Math.Min(_left, Math.Min(buffer.Length, pace?.Allowance(time.GetTimestamp()) ?? int.MaxValue));
                if (room == 0) return null;
                received = await socket.ReceiveAsync(buffer.AsMemory(0, room), SocketFlags.None).ConfigureAwait(false);
                if (received == 0) return EndOfSource();
                pace?.Take(received);
                _left -= received;

                var error = await target.SendAsync(buffer.AsMemory(0, received)).ConfigureAwait(false);
                if (error != SocketError.Success) return SinkEnd(error);
                observer.Moved(this, received);
            }
            while (received == room && socket.Available > 0);
            return null;
        }
        catch (Exception e) when (ErrorOf(e) is { } error)
        {
            return error == SocketError.OperationAborted ? MoveEnd.Aborted : MoveEnd.SourceFailed;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Waits, if nothing may pass, until enough may; null unless the socket was reset or aborted meanwhile.</summary>
    private async ValueTask<MoveEnd?> PauseAsync(Pace pace)
    {
        var now = time.GetTimestamp();
        if (pace.Allowance(now) > 0) return null;
        // Timers cut a delay to whole milliseconds.
        var delay = pace.UntilAllowed(now) + TimeSpan.FromMilliseconds(1);
        await Task.Delay(delay, time, _pausing!.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            // A read would tell of a reset only after all that came before it.
            return socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is 0 ? null : MoveEnd.SourceFailed;
        }
        catch (Exception e) when (ErrorOf(e) is { } error)
        {
            return error == SocketError.OperationAborted ? MoveEnd.Aborted : MoveEnd.SourceFailed;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SocketError> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var error = await _sender.SendAsync(bytes).ConfigureAwait(false);
            if (error != SocketError.Success) return error;
            bytes = bytes[_sender.Sent..];
        }
        return SocketError.Success;
    }

    /// <summary>
    /// What a read of nothing means. The kernel tells of a reset once, and the other direction may have heard of it by its
    /// send; then it looks like an orderly end here, but nothing can be sent any more.
    /// </summary>
    private MoveEnd EndOfSource()
    {
        if (_hasEndedSending) return MoveEnd.SourceEnded;
        socket.Send(ReadOnlySpan<byte>.Empty, SocketFlags.None, out var error);
        // Nor can it if the other direction has just ended this side.
        return error is SocketError.Success or SocketError.WouldBlock || _hasEndedSending ? MoveEnd.SourceEnded : MoveEnd.SourceFailed;
    }

    private static MoveEnd SinkEnd(SocketError error) =>
        error == SocketError.OperationAborted ? MoveEnd.Aborted : MoveEnd.SinkFailed;

    /// <summary>The socket error that an exception stands for; null if it is a fault of the program.</summary>
    private static SocketError? ErrorOf(Exception e) => e switch
    {
        SocketException socketException => socketException.SocketErrorCode,
        ObjectDisposedException => SocketError.OperationAborted,
        _ => null,
    };

    private static EndPoint Unmapped(EndPoint? address) => address switch
    {
        IPEndPoint { Address.IsIPv4MappedToIPv6: true } ip => new IPEndPoint(ip.Address.MapToIPv4(), ip.Port),
        // What was reset before anybody asked has no address any more.
        null => throw new SocketException((int)SocketError.NotConnected),
        _ => address,
    };
}
