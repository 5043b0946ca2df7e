using System.Buffers;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace SniForward.Transport.Epoll;

/// <summary>A send that waits for its socket to take the rest. When it is over the object serves another.</summary>
internal sealed class Sending : IWaiter, IValueTaskSource<SocketError>
{
    private ManualResetValueTaskSourceCore<SocketError> _sent;
    private EpollSocket _socket = null!;
    private ReadOnlySequence<byte> _rest;

    private Sending()
    {
    }

    /// <summary>Sends all of <paramref name="bytes"/>.</summary>
    public static ValueTask<SocketError> Send(EpollSocket socket, ReadOnlySequence<byte> bytes)
    {
        var error = SendSome(socket, ref bytes);
        if (error != SocketError.WouldBlock) return new ValueTask<SocketError>(error);

        if (!socket.Reactor.IdleSending.TryPop(out var sending)) sending = new Sending();
        (sending._socket, sending._rest) = (socket, bytes);
        socket.WaitWritable(sending);
        return new ValueTask<SocketError>(sending, sending._sent.Version);
    }

    /// <summary>Sends what the kernel takes and cuts it off <paramref name="bytes"/>. WouldBlock: the rest must wait.</summary>
    public static SocketError SendSome(EpollSocket socket, ref ReadOnlySequence<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var sent = socket.Send(bytes.FirstSpan);
            if (sent < 0) return Errno.ToSocketError(-sent);
            bytes = bytes.Slice(sent);
        }
        return SocketError.Success;
    }

    public void Ready()
    {
        var error = SendSome(_socket, ref _rest);
        if (error == SocketError.WouldBlock) _socket.WaitWritable(this);
        else _sent.SetResult(error);
    }

    public void Aborted() => _sent.SetResult(SocketError.OperationAborted);

    SocketError IValueTaskSource<SocketError>.GetResult(short token)
    {
        var error = _sent.GetResult(token);
        _sent.Reset();
        _rest = default;
        _socket.Reactor.IdleSending.Push(this);
        return error;
    }

    ValueTaskSourceStatus IValueTaskSource<SocketError>.GetStatus(short token) => _sent.GetStatus(token);

    void IValueTaskSource<SocketError>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _sent.OnCompleted(continuation, state, token, flags);
}
