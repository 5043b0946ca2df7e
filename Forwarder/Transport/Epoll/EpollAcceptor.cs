using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace SniForward.Transport.Epoll;

/// <summary>
/// A listening socket of one reactor. It is watched level-triggered, so that a few clients can be taken at a time and
/// the rest at the next turn, without asking the kernel once more to hear that there is none; and only while somebody
/// waits for a client.
/// </summary>
internal sealed class EpollAcceptor : Watched, IAcceptor, IValueTaskSource<SocketResult>
{
    // The kernel lowers it to net.core.somaxconn.
    private const int Backlog = 65_535;

    /// <summary>The most clients that are taken before those that are there already have a turn.</summary>
    private const int MostAtOnce = 64;

    private readonly Reactor _reactor;
    private readonly UnixSocketFile _file;
    private ManualResetValueTaskSourceCore<SocketResult> _accepted;
    private SocketAddressBytes _client;
    private int _atOnce = 1;
    private int _left;
    private int _fullTurns;
    private bool _isWaiting;
    private bool _isWatched;

    private EpollAcceptor(Reactor reactor, int fd, UnixSocketFile file)
    {
        (_reactor, _file, Fd) = (reactor, file, fd);
        SocketAddressBytes local = default;
        Libc.LocalAddress(fd, local, out var length);
        LocalEndPoint = SocketAddressBytes.Read(((ReadOnlySpan<byte>)local)[..length]);
    }

    public EndPoint LocalEndPoint { get; }

    /// <summary>Binds and listens.</summary>
    /// <param name="reactor">Whose thread accepts.</param>
    /// <param name="local">An IP or a unix endpoint.</param>
    /// <param name="isShared">Whether other reactors will listen on the same address.</param>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public static EpollAcceptor Listen(Reactor reactor, EndPoint local, bool isShared)
    {
        var file = UnixSocketFile.Claim(local);
        var shares = isShared && local is IPEndPoint;
        // Sockets that share a port let any process of the same user in; one that does not finds out who is there.
        if (shares) Libc.Close(Bind(local, false));
        var fd = Bind(local, shares);
        if (Libc.Listen(fd, Backlog) is < 0 and var error)
        {
            Libc.Close(fd);
            throw new SocketException((int)Errno.ToSocketError(-error));
        }
        return new EpollAcceptor(reactor, fd, file);
    }

    /// <summary>Listens where <paramref name="first"/> does: a TCP socket of its own on the same port, or the same unix socket.</summary>
    /// <exception cref="SocketException">It cannot.</exception>
    public static EpollAcceptor Join(Reactor reactor, EpollAcceptor first)
    {
        if (first.LocalEndPoint is not IPEndPoint)
            return new EpollAcceptor(reactor, Check(Libc.Duplicate(first.Fd), -1), UnixSocketFile.None);
        var fd = Bind(first.LocalEndPoint, true);
        Check(Libc.Listen(fd, Backlog), fd);
        return new EpollAcceptor(reactor, fd, UnixSocketFile.None);
    }

    /// <inheritdoc cref="ITransport.Adopt"/>
    public static EpollAcceptor Adopt(Reactor reactor, SafeSocketHandle listening, UnixSocketFile file)
    {
        var fd = Check(Libc.Duplicate((int)listening.DangerousGetHandle()), -1);
        Check(Libc.DoNotBlock(fd), fd);
        var acceptor = new EpollAcceptor(reactor, fd, file);
        if (acceptor.LocalEndPoint is IPEndPoint) SetUpTcp(fd);
        return acceptor;
    }

    public Socket Share()
    {
        _file.Keep();
        return Descriptor.Duplicate(Fd);
    }

    public void LookAgain() => _reactor.Post(static acceptor => ((EpollAcceptor)acceptor!).WatchAnew(), this);

    public ValueTask<SocketResult> AcceptAsync()
    {
        if (_left > 0)
        {
            _left--;
            if (TryAccept(out var result)) return new ValueTask<SocketResult>(result);
        }
        if (Fd < 0) return new ValueTask<SocketResult>(new SocketResult(null, SocketError.OperationAborted));
        _isWaiting = true;
        Watch();
        return new ValueTask<SocketResult>(this, _accepted.Version);
    }

    public override void OnEvents(uint events)
    {
        if (!_isWaiting)
        {
            Unwatch();
            return;
        }
        _left = _atOnce - 1;
        if (!TryAccept(out var result)) return;

        Answer(result);
        // All that were allowed were there: after some such turns more are allowed, until a turn asks in vain.
        if (_left == 0 && _atOnce < MostAtOnce && ++_fullTurns == 16) (_atOnce, _fullTurns) = (_atOnce + 1, 0);
        _left = 0;
    }

    public void Dispose()
    {
        _reactor.Invoke(Close);
        _file.Delete();
    }

    /// <summary>False if no client is there.</summary>
    private bool TryAccept(out SocketResult result)
    {
        var length = 0;
        var fd = Fd < 0 ? -Errno.EBADF : Libc.Accept(Fd, _client, out length);
        if (fd == -Errno.EAGAIN)
        {
            (_atOnce, _left, _fullTurns) = (Math.Max(1, _atOnce - 1), -1, 0);
            result = default;
            return false;
        }
        result = fd < 0
            ? new SocketResult(null, Errno.ToSocketError(-fd))
            : new SocketResult(EpollSocket.Accepted(_reactor, fd, ((ReadOnlySpan<byte>)_client)[..length]), SocketError.Success);
        return true;
    }

    private static int Bind(EndPoint local, bool sharesPort)
    {
        var fd = Check(Libc.Socket(local.AddressFamily), -1);
        if (local is IPEndPoint ip)
        {
            Check(Libc.ReuseAddress(fd), fd);
            if (sharesPort) Check(Libc.ReusePort(fd), fd);
            if (ip.AddressFamily == AddressFamily.InterNetworkV6) Check(Libc.OnlyIPv6(fd, !ip.Address.Equals(IPAddress.IPv6Any)), fd);
            SetUpTcp(fd);
        }
        SocketAddressBytes address = default;
        Check(Libc.Bind(fd, ((ReadOnlySpan<byte>)address)[..SocketAddressBytes.Write(local, address)]), fd);
        return fd;
    }

    /// <summary>What each accepted socket has from the one that listens.</summary>
    private static void SetUpTcp(int fd)
    {
        Check(Libc.NoDelay(fd), fd);
        Check(Libc.KeepAlive(fd), fd);
    }

    private static int Check(int result, int fd)
    {
        if (result >= 0) return result;
        if (fd >= 0) Libc.Close(fd);
        throw new SocketException((int)Errno.ToSocketError(-result));
    }

    private void Watch()
    {
        if (_isWatched) return;
        _isWatched = true;
        // Of those that share a socket the kernel wakes one (EPOLLEXCLUSIVE, epoll_ctl(2)).
        var error = _reactor.Watch(this, EpollEvents.In | EpollEvents.Exclusive);
        if (error < 0) _reactor.Post(static acceptor => ((EpollAcceptor)acceptor!).Answer(new SocketResult(null, SocketError.NoBufferSpaceAvailable)), this);
    }

    private void WatchAnew()
    {
        if (!_isWatched) return;
        Unwatch();
        Watch();
    }

    private void Unwatch()
    {
        _isWatched = false;
        _reactor.Unwatch(this);
    }

    private void Answer(SocketResult result)
    {
        _isWaiting = false;
        _accepted.SetResult(result);
    }

    private void Close()
    {
        if (Fd < 0) return;
        // A duplicate keeps a closed descriptor watched.
        if (_isWatched) Unwatch();
        Libc.Close(Fd);
        Fd = -1;
        if (_isWaiting) Answer(new SocketResult(null, SocketError.OperationAborted));
    }

    SocketResult IValueTaskSource<SocketResult>.GetResult(short token)
    {
        var result = _accepted.GetResult(token);
        _accepted.Reset();
        return result;
    }

    ValueTaskSourceStatus IValueTaskSource<SocketResult>.GetStatus(short token) => _accepted.GetStatus(token);

    void IValueTaskSource<SocketResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _accepted.OnCompleted(continuation, state, token, flags);
}
