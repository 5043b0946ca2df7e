using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace SniForward.Transport.Sockets;

/// <summary>A connected <see cref="Socket"/>.</summary>
internal sealed class StreamSocket(Socket socket) : ISocket
{
    private const int MoveBufferSize = 64 * 1024;

    private static readonly StreamPipeReaderOptions PeekOptions = new(bufferSize: 4096, leaveOpen: true, useZeroByteReads: true);

    private readonly SocketSender _sender = new(socket);
    private PipeReader? _input;
    private volatile bool _hasEndedSending;

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

    public async void Move(ISocket sink, IMoveObserver observer)
    {
        // A source that always has bytes would never let the caller go on: to the other direction, to the next accept.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        observer.Ended(this, await MoveAllAsync((StreamSocket)sink, observer).ConfigureAwait(false));
    }

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
    }

    public void Dispose()
    {
        _input?.Complete();
        socket.Dispose();
        _sender.Dispose();
    }

    private async ValueTask<MoveEnd> MoveAllAsync(StreamSocket target, IMoveObserver observer)
    {
        if (_input is not null && await ReplayAsync(_input, target, observer).ConfigureAwait(false) is { } early) return early;
        while (true)
        {
            try
            {
                if (await SocketInput.ReadableAsync(socket).ConfigureAwait(false) == 0) return EndOfSource();
            }
            catch (Exception e) when (ErrorOf(e) is { } error)
            {
                return error == SocketError.OperationAborted ? MoveEnd.Aborted : MoveEnd.SourceFailed;
            }

            if (await MoveReadyAsync(target, observer).ConfigureAwait(false) is { } end) return end;
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
            input.AdvanceTo(peeked.Buffer.End);
        }
        await input.CompleteAsync().ConfigureAwait(false);
        return end;
    }

    /// <summary>Moves what is there to read; null once nothing more is.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<MoveEnd?> MoveReadyAsync(StreamSocket target, IMoveObserver observer)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MoveBufferSize);
        try
        {
            int received;
            do
            {
                received = await socket.ReceiveAsync(buffer.AsMemory(), SocketFlags.None).ConfigureAwait(false);
                if (received == 0) return EndOfSource();

                var error = await target.SendAsync(buffer.AsMemory(0, received)).ConfigureAwait(false);
                if (error != SocketError.Success) return SinkEnd(error);
                observer.Moved(this, received);
            }
            while (received == buffer.Length && socket.Available > 0);
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
        return error is SocketError.Success or SocketError.WouldBlock ? MoveEnd.SourceEnded : MoveEnd.SourceFailed;
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
