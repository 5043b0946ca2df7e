using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace SniForward.Transport.Epoll;

/// <summary>The engine for Linux: one <see cref="Reactor"/>, of several that share the ports but nothing else.</summary>
internal sealed class EpollTransport : ITransport
{
    private readonly Reactor _reactor;
    private readonly bool _isShared;
    private readonly Dictionary<EndPoint, byte[]> _unixAddresses = [];

    private EpollTransport(Reactor reactor, bool isShared) => (_reactor, _isShared) = (reactor, isShared);

    public TimeProvider Time => _reactor.Time;

    /// <summary>Buffers that hold bytes of connections. May be asked from anywhere.</summary>
    public int HeldBuffers => _reactor.Buffers.Rented;

    /// <summary>Pipes that bytes of connections are in, or may come to. May be asked from anywhere.</summary>
    public int HeldPipes => _reactor.Pipes.Rented;

    /// <summary>Buffers that wait for their next use. May be asked from anywhere.</summary>
    public int IdleBuffers => _reactor.Buffers.Idle;

    /// <summary>Pipes that wait for their next use. May be asked from anywhere.</summary>
    public int IdlePipes => Math.Max(0, _reactor.Pipes.Open - _reactor.Pipes.Rented);

    /// <summary>How often it has looked at what has happened. May be asked from anywhere.</summary>
    public long Loops => _reactor.Loops;

    /// <summary>Starts <paramref name="threads"/> engines.</summary>
    /// <param name="threads">At least one.</param>
    /// <param name="maxPipes">How many pipes each may have open.</param>
    /// <exception cref="SocketException">No descriptor is left.</exception>
    public static ITransport[] Start(int threads, int maxPipes) =>
        [.. Enumerable.Range(0, threads).Select(i => new EpollTransport(new Reactor($"sniforward-{i}", maxPipes), threads > 1))];

    public IAcceptor Listen(EndPoint local) => EpollAcceptor.Listen(_reactor, local, _isShared);

    public IAcceptor Join(IAcceptor first) => EpollAcceptor.Join(_reactor, (EpollAcceptor)first);

    public IAcceptor Adopt(SafeSocketHandle listening, UnixSocketFile file) => EpollAcceptor.Adopt(_reactor, listening, file);

    public ValueTask<SocketResult> ConnectAsync(EndPoint remote, TimeSpan timeout, ReadOnlySequence<byte> first, CancellationToken cancel)
    {
        if (remote is not IPEndPoint) return Connecting.Connect(_reactor, remote, UnixAddress(remote), timeout, first, cancel);
        SocketAddressBytes address = default;
        var length = SocketAddressBytes.Write(remote, address);
        return Connecting.Connect(_reactor, remote, ((ReadOnlySpan<byte>)address)[..length], timeout, first, cancel);
    }

    public void Post(SendOrPostCallback callback, object? state) => _reactor.Post(callback, state);

    public void Dispose() => _reactor.Dispose();

    /// <summary>The bytes of a unix endpoint, of which a configuration has only so many.</summary>
    private byte[] UnixAddress(EndPoint remote)
    {
        if (_unixAddresses.TryGetValue(remote, out var bytes)) return bytes;
        bytes = new byte[SocketAddressBytes.MaxLength];
        Array.Resize(ref bytes, SocketAddressBytes.Write(remote, bytes));
        return _unixAddresses[remote] = bytes;
    }
}
