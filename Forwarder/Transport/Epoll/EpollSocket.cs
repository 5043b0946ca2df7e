using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace SniForward.Transport.Epoll;

/// <summary>
/// A connected socket of one reactor. It is watched edge-triggered, from the first time that there is something to wait
/// for, and for being writable only once it was not. When it is closed, the object serves another socket.
/// </summary>
internal sealed class EpollSocket : Watched, ISocket
{
    private readonly OneWay _outward;
    private InternetAddressBytes _address;
    private EndPoint? _remote;
    private EpollInput? _input;
    private IWaiter? _reader;
    private IWaiter? _writer;
    private CancellationTokenSource? _pausing;
    private SocketState _state;

    private EpollSocket(Reactor reactor)
    {
        Reactor = reactor;
        _outward = new OneWay(this);
    }

    public Reactor Reactor { get; }

    public EndPoint RemoteEndPoint => _remote ??= SocketAddressBytes.Read(_address);

    public int CopyRemoteAddress(Span<byte> address, out int port)
    {
        port = 0;
        return _remote is null ? SocketAddressBytes.CopyAddress(_address, address, out port) : 0;
    }

    public EndPoint? LocalEndPoint
    {
        get
        {
            SocketAddressBytes local = default;
            if (Fd < 0 || Libc.LocalAddress(Fd, local, out var length) < 0) return null;
            return SocketAddressBytes.Read(((ReadOnlySpan<byte>)local)[..length]);
        }
    }

    public PipeReader Input => _input ??= EpollInput.Rent(this);

    /// <summary>Whether a read may give something; if not, there is something to wait for.</summary>
    public bool IsReadable => (_state & SocketState.Readable) != 0;

    /// <summary>Whether it was reset or is broken; asked once, for the system tells once.</summary>
    public bool HasFailed => Fd < 0 || Libc.PendingError(Fd) != 0;

    /// <summary>A socket that was just accepted; it may have bytes to read already, and sends without delay.</summary>
    public static EpollSocket Accepted(Reactor reactor, int fd, ReadOnlySpan<byte> address)
    {
        var socket = Rent(reactor, fd, SocketState.Readable | SocketState.NoDelay);
        // Nobody asks for most clients' addresses: an object is made of one when somebody does. A unix client's is longer.
        if (address.Length <= SocketAddressBytes.Inet6Length && address.Length > 2) address.CopyTo(socket._address);
        else socket._remote = SocketAddressBytes.Read(address);
        return socket;
    }

    /// <summary>A socket that connects, or has, to <paramref name="remote"/>.</summary>
    public static EpollSocket Connecting(Reactor reactor, int fd, EndPoint remote)
    {
        var socket = Rent(reactor, fd, remote is IPEndPoint ? SocketState.None : SocketState.NoDelay);
        socket._remote = remote;
        return socket;
    }

    public ValueTask<SocketError> SendAsync(ReadOnlySequence<byte> bytes) => Sending.Send(this, bytes);

    public void Move(ISocket sink, IMoveObserver observer, long bytesPerSecond, long most)
    {
        if (sink is not EpollSocket plain)
        {
            _pausing = bytesPerSecond > 0 ? new CancellationTokenSource() : null;
            _ = Pump.Start(this, sink, observer, bytesPerSecond, most, Reactor.Time, _pausing?.Token ?? CancellationToken.None);
            return;
        }
        var input = _input;
        _input = null;
        _outward.Start(plain, observer, bytesPerSecond, most, input);
    }

    public void StartWatch(Action gone, bool endCounts)
    {
        Pause();
        WaitReadable(new PeerWatch(this, gone, endCounts));
    }

    public void EndWatch()
    {
        StopWaiting();
        Resume();
    }

    public void ShutdownSend()
    {
        if (Fd < 0) return;
        // A peer that is about to end too spares it: the close that follows then says the same.
        _state |= SocketState.Ending;
        Reactor.EndSoon(this);
    }

    /// <summary>Ends the sending half, unless the socket was closed meanwhile.</summary>
    public void EndSending()
    {
        if ((_state & SocketState.Ending) == 0) return;
        _state &= ~SocketState.Ending;
        // On a broken socket it fails, and whoever reads from it learns of that.
        Libc.ShutdownSend(Fd);
    }

    public void Abort()
    {
        if (Fd < 0) return;
        Libc.ResetOnClose(Fd);
        var (reader, writer, pausing) = (_reader, _writer, _pausing);
        Close();
        reader?.Aborted();
        writer?.Aborted();
        pausing?.Cancel();
        _outward.Abort();
    }

    public void Dispose()
    {
        if (Fd >= 0) Close();
        _input?.Return();
        _input = null;
        _remote = null;
        _pausing = null;
        Reactor.IdleSockets.Push(this);
    }

    /// <summary>Reads what is there, into <paramref name="buffer"/>: how many bytes, 0 at the end, or the negative errno.</summary>
    public int Receive(Span<byte> buffer)
    {
        if ((_state & SocketState.AtEnd) != 0) return 0;
        var received = Fd < 0 ? -Errno.EBADF : Libc.Receive(Fd, buffer);
        if (received == -Errno.EAGAIN) _state &= ~SocketState.Readable;
        if (received <= 0 || received == buffer.Length) return received;
        // Before an urgent mark there may be more behind it; of a failure, and during a pause, no event would tell any more.
        if ((_state & (SocketState.Urgent | SocketState.Paused | SocketState.Failed)) != 0) return received;

        // Short: nothing is left, so that what comes next makes an event, unless it has come before this read.
        if ((_state & SocketState.PeerEnded) != 0) _state |= SocketState.AtEnd;
        else _state &= ~SocketState.Readable;
        return received;
    }

    /// <summary>Moves what is there to read into <paramref name="pipe"/>: how many bytes, 0 at the end, or the negative errno.</summary>
    public int ReceiveInto(Pipe pipe, int count)
    {
        if ((_state & SocketState.AtEnd) != 0) return 0;
        return Fd < 0 ? -Errno.EBADF : Libc.Splice(Fd, pipe.WriteEnd, count);
    }

    /// <summary>After <see cref="ReceiveInto"/> found nothing.</summary>
    public void MarkDrained() => _state &= ~SocketState.Readable;

    /// <summary>Sends what the kernel takes of <paramref name="bytes"/>: how many, or the negative errno.</summary>
    public int Send(ReadOnlySpan<byte> bytes)
    {
        if (Fd < 0) return -Errno.EBADF;
        AvoidDelay();
        return Libc.Send(Fd, bytes);
    }

    /// <summary>Sends what the kernel takes of the <paramref name="count"/> bytes in <paramref name="pipe"/>: how many, or the negative errno.</summary>
    public int SendFrom(Pipe pipe, int count)
    {
        if (Fd < 0) return -Errno.EBADF;
        AvoidDelay();
        return Libc.Splice(pipe.ReadEnd, Fd, count);
    }

    /// <summary>Calls <paramref name="waiter"/> once when there is something to read, after a read that gave nothing.</summary>
    public void WaitReadable(IWaiter waiter)
    {
        if (Fd < 0)
        {
            waiter.Aborted();
            return;
        }
        _reader = waiter;
        if ((_state & SocketState.Watched) == 0) Watch();
    }

    /// <summary>Calls <paramref name="waiter"/> once when there is room to send, after a send that was not taken whole.</summary>
    public void WaitWritable(IWaiter waiter)
    {
        if (Fd < 0)
        {
            waiter.Aborted();
            return;
        }
        _writer = waiter;
        if ((_state & SocketState.WatchedForWriting) != 0) return;
        _state |= SocketState.WatchedForWriting;
        if ((_state & SocketState.Watched) == 0) Watch();
        else Rewatch();
    }

    /// <summary>
    /// While what has come is not read, for the other side does not take it or it comes too fast, each packet that follows
    /// would wake the thread for nothing. A reset is heard of all the same.
    /// </summary>
    public void Pause()
    {
        if ((_state & SocketState.Paused) != 0) return;
        _state |= SocketState.Paused;
        if ((_state & SocketState.Watched) == 0) Watch();
        else Rewatch();
    }

    /// <summary>After a pause, what comes is news again.</summary>
    public void Resume()
    {
        if ((_state & SocketState.Paused) == 0) return;
        _state &= ~SocketState.Paused;
        Rewatch();
    }

    /// <summary>Takes back a wait for reading.</summary>
    public void StopWaiting() => _reader = null;

    public override void OnEvents(uint events)
    {
        var generation = Generation;
        if ((events & EpollEvents.Urgent) != 0) _state |= SocketState.Urgent;
        if ((events & ~EpollEvents.Out) != 0)
        {
            _state |= SocketState.Readable;
            if ((events & EpollEvents.Error) != 0) _state |= SocketState.Failed;
            // After a reset the bytes before it end in no orderly way.
            if ((events & (EpollEvents.PeerEnded | EpollEvents.Error)) == EpollEvents.PeerEnded) _state |= SocketState.PeerEnded;
            if (_reader is null && _outward.IsStalled) Pause();
            var reader = _reader;
            _reader = null;
            reader?.Ready();
            if (IsAnother(generation)) return;
        }
        if ((events & (EpollEvents.Out | EpollEvents.Error | EpollEvents.HungUp)) != 0)
        {
            var writer = _writer;
            _writer = null;
            writer?.Ready();
            if (IsAnother(generation)) return;
        }
        // Reset, while its own bytes still wait for the other side to take them.
        if ((events & EpollEvents.Error) != 0) _outward.SourceReset();
    }

    /// <summary>Whether it was closed meanwhile, and may serve another connection.</summary>
    private bool IsAnother(uint generation) => Generation != generation || Fd < 0;

    private static EpollSocket Rent(Reactor reactor, int fd, SocketState state)
    {
        if (!reactor.IdleSockets.TryPop(out var socket)) socket = new EpollSocket(reactor);
        socket.Fd = fd;
        socket._state = state;
        // Events are told apart by it; until it is watched, it has none.
        socket.Generation = 0;
        return socket;
    }

    private void Watch()
    {
        _state |= SocketState.Watched;
        FailUnless(Reactor.Watch(this, Wanted()));
    }

    private void Rewatch() => FailUnless(Reactor.Rewatch(this, Wanted()));

    private uint Wanted()
    {
        var events = EpollEvents.PeerEnded | EpollEvents.EdgeTriggered;
        if ((_state & SocketState.Paused) == 0) events |= EpollEvents.In | EpollEvents.Urgent;
        if ((_state & SocketState.WatchedForWriting) != 0) events |= EpollEvents.Out;
        return events;
    }

    private void FailUnless(int result)
    {
        // Out of memory or of epoll(7)'s max_user_watches: nobody would ever hear of this socket again.
        if (result < 0) Reactor.Post(static socket => ((EpollSocket)socket!).Abort(), this);
    }

    /// <summary>
    /// Turns Nagle's algorithm off at the second send: it never delays the first, and most connections that are short
    /// have no other. What lasts longer gets keep-alive probes as well.
    /// </summary>
    private void AvoidDelay()
    {
        if ((_state & SocketState.NoDelay) != 0) return;
        if ((_state & SocketState.HasSent) == 0)
        {
            _state |= SocketState.HasSent;
            return;
        }
        _state |= SocketState.NoDelay;
        Libc.NoDelay(Fd);
        Libc.KeepAlive(Fd);
    }

    private void Close()
    {
        Reactor.Forget(Fd);
        Libc.Close(Fd);
        Fd = -1;
        _state = SocketState.None;
        _reader = _writer = null;
    }

    [InlineArray(SocketAddressBytes.Inet6Length)]
    private struct InternetAddressBytes
    {
        private byte _first;
    }
}
