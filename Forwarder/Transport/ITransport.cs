using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace SniForward.Transport;

/// <summary>
/// The seam to the operating system: one engine that accepts, dials and moves bytes. There may be several, one a core; a
/// connection stays with the engine that accepted it, and its server is dialled there too. An engine that is a thread
/// completes what it is asked for on that thread, where <see cref="SynchronizationContext.Current"/> is its own: what
/// waits for anything else comes back to it by that.
/// </summary>
internal interface ITransport : IDisposable
{
    /// <summary>The engine's clock and timers. On an engine that is a thread, only that thread may use the timers.</summary>
    TimeProvider Time { get; }

    /// <summary>
    /// Binds and listens. <see cref="IPAddress.IPv6Any"/> takes IPv4 as well; port 0 takes a free one; a unix
    /// socket's file that nobody listens on any more is replaced.
    /// </summary>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    IAcceptor Listen(EndPoint local);

    /// <summary>Listens where <paramref name="first"/>, of another engine of this kind, does; the kernel shares clients out.</summary>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    IAcceptor Join(IAcceptor first);

    /// <summary>Accepts from <paramref name="listening"/>, which listens already, maybe elsewhere too. It is duplicated, and stays the caller's.</summary>
    /// <param name="listening">The socket.</param>
    /// <param name="file">Its file, which goes when the acceptor does.</param>
    /// <exception cref="SocketException">No descriptor is left.</exception>
    IAcceptor Adopt(SafeSocketHandle listening, UnixSocketFile file);

    /// <summary>
    /// Connects to <paramref name="remote"/>, an IP or a unix endpoint, within <paramref name="timeout"/>, and begins
    /// to send <paramref name="first"/>, of which nothing is sent unless it connects.
    /// Never throws; a deadline that passed is <see cref="SocketError.TimedOut"/>, one that was cancelled, on the engine,
    /// <see cref="SocketError.OperationAborted"/>.
    /// </summary>
    ValueTask<SocketResult> ConnectAsync(EndPoint remote, TimeSpan timeout, ReadOnlySequence<byte> first, CancellationToken cancel = default);

    /// <summary>Runs <paramref name="callback"/> with <paramref name="state"/> on the engine, soon. May be called from anywhere.</summary>
    void Post(SendOrPostCallback callback, object? state);
}
