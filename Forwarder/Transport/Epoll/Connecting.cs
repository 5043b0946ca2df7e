using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace SniForward.Transport.Epoll;

/// <summary>
/// A connect(2), its deadline, what may cancel it, and the first bytes to send. They are sent at once: on this machine, and over a unix
/// socket, the connection is there when connect returns, and if not, nothing was lost but the try. When it is over the
/// object serves another.
/// </summary>
internal sealed class Connecting : IWaiter, IValueTaskSource<SocketResult>
{
    private readonly Reactor _reactor;
    private readonly ITimer _deadline;
    private ManualResetValueTaskSourceCore<SocketResult> _connected;
    private CancellationTokenRegistration _cancel;
    private EpollSocket? _socket;
    private ReadOnlySequence<byte> _first;

    private Connecting(Reactor reactor)
    {
        _reactor = reactor;
        _deadline = reactor.Time.CreateTimer(
            static connecting => ((Connecting)connecting!).GiveUp(SocketError.TimedOut), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public static ValueTask<SocketResult> Connect(
        Reactor reactor, EndPoint remote, ReadOnlySpan<byte> address, TimeSpan timeout, ReadOnlySequence<byte> first, CancellationToken cancel)
    {
        var fd = Libc.Socket(remote.AddressFamily);
        if (fd < 0) return new ValueTask<SocketResult>(new SocketResult(null, Errno.ToSocketError(-fd)));

        var socket = EpollSocket.Connecting(reactor, fd, remote);
        var result = Libc.Connect(fd, address);
        if (result is < 0 and not -Errno.EINPROGRESS) return new ValueTask<SocketResult>(Failed(socket, Errno.ToSocketError(-result)));
        if ((result == 0 || !first.IsEmpty) && SendFirst(socket, first, out var early)) return new ValueTask<SocketResult>(early);

        if (!reactor.IdleConnecting.TryPop(out var connecting)) connecting = new Connecting(reactor);
        (connecting._socket, connecting._first) = (socket, first);
        connecting._deadline.Change(timeout, Timeout.InfiniteTimeSpan);
        connecting._cancel = cancel.UnsafeRegister(static connecting => ((Connecting)connecting!).GiveUp(SocketError.OperationAborted), connecting);
        socket.WaitWritable(connecting);
        return new ValueTask<SocketResult>(connecting, connecting._connected.Version);
    }

    public void Ready()
    {
        var socket = _socket!;
        if (_first.IsEmpty && Libc.PendingError(socket.Fd) is not 0 and var errno) Finish(Failed(socket, Errno.ToSocketError(errno)));
        else if (SendFirst(socket, _first, out var result)) Finish(result);
        else socket.WaitWritable(this);
    }

    public void Aborted() => Finish(new SocketResult(null, SocketError.OperationAborted));

    /// <summary>False if the connection is not there yet.</summary>
    private static bool SendFirst(EpollSocket socket, ReadOnlySequence<byte> first, out SocketResult result)
    {
        var rest = first;
        var error = Sending.SendSome(socket, ref rest);
        var sent = (int)(first.Length - rest.Length);
        result = sent > 0 || error == SocketError.Success ? new SocketResult(socket, SocketError.Success, sent)
            : error == SocketError.WouldBlock ? default
            : Failed(socket, error);
        return sent > 0 || error != SocketError.WouldBlock;
    }

    private static SocketResult Failed(EpollSocket socket, SocketError error)
    {
        socket.Dispose();
        // A server that resets what it has not even accepted refuses it.
        return new SocketResult(null, error == SocketError.ConnectionReset ? SocketError.ConnectionRefused : error);
    }

    private void GiveUp(SocketError error)
    {
        if (_socket is { } socket) Finish(Failed(socket, error));
    }

    private void Finish(SocketResult result)
    {
        _socket = null;
        _first = default;
        _deadline.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _cancel.Dispose();
        _connected.SetResult(result);
    }

    SocketResult IValueTaskSource<SocketResult>.GetResult(short token)
    {
        var result = _connected.GetResult(token);
        _connected.Reset();
        _reactor.IdleConnecting.Push(this);
        return result;
    }

    ValueTaskSourceStatus IValueTaskSource<SocketResult>.GetStatus(short token) => _connected.GetStatus(token);

    void IValueTaskSource<SocketResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _connected.OnCompleted(continuation, state, token, flags);
}
