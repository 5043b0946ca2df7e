using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace SniForward.Transport;

/// <summary>
/// One connected stream socket. It is read through <see cref="Input"/> or by <see cref="Move"/>, never by both at once. Disposing it, with nothing pending, closes it in order (FIN) and gives back what it holds; an
/// engine may use the object again for another connection, so that nothing may be called on it after that.
/// </summary>
internal interface ISocket : IDisposable
{
    /// <summary>The other end's address; an IPv4 client of a dual-stack listener has its IPv4 address.</summary>
    EndPoint RemoteEndPoint { get; }

    /// <summary>
    /// Writes the IP address of <see cref="RemoteEndPoint"/> to <paramref name="address"/>, of at least 16 bytes, without
    /// making an object of it: its length, 4 or 16; 0: it is none, or one with a scope.
    /// </summary>
    int CopyRemoteAddress(Span<byte> address, out int port);

    /// <summary>This end's address, in the same form; null once the socket was aborted. Asks the system each time.</summary>
    EndPoint? LocalEndPoint { get; }

    /// <summary>
    /// What is received, for peeking. It waits until the socket is readable before it holds a buffer, and grows by
    /// what was received. The end of the peer's side completes it; a reset throws <see cref="IOException"/>;
    /// <see cref="PipeReader.CancelPendingRead"/> ends a wait. No read may be pending at <see cref="Move"/>, which
    /// moves on what was not consumed.
    /// </summary>
    PipeReader Input { get; }

    /// <summary>Sends all of <paramref name="bytes"/>, or tells why it could not. Never throws.</summary>
    ValueTask<SocketError> SendAsync(ReadOnlySequence<byte> bytes);

    /// <summary>
    /// Moves every byte that this socket receives, beginning with those left in <see cref="Input"/>, to
    /// <paramref name="sink"/>, a socket on the same engine, until this socket's peer ends its side and the sink has
    /// taken every byte before that end. Passes neither the end nor an error on. Holds no buffer while it waits for
    /// bytes. <paramref name="observer"/> may be called before this returns. What comes faster than
    /// <paramref name="bytesPerSecond"/> (0: no limit) stays unread, so that TCP holds the peer back; what was left in
    /// <see cref="Input"/> goes before, and does not count. After <paramref name="most"/> bytes, of which no more may be left in
    /// <see cref="Input"/>, it stops, and that may be read again.
    /// </summary>
    void Move(ISocket sink, IMoveObserver observer, long bytesPerSecond, long most = long.MaxValue);

    /// <summary>
    /// Calls <paramref name="gone"/>, once, when the peer resets the connection or, where <paramref name="endCounts"/>, ends its
    /// side; at once if it has. What it sends meanwhile stays unread. With no read pending, and until <see cref="EndWatch"/>.
    /// </summary>
    void StartWatch(Action gone, bool endCounts);

    /// <summary>Ends what <see cref="StartWatch"/> began. A call that has begun elsewhere may still come.</summary>
    void EndWatch();

    /// <summary>Ends this socket's sending half (FIN) after all that was sent. Does nothing on a broken socket.</summary>
    void ShutdownSend();

    /// <summary>Resets the connection (RST) and ends whatever waits on it. May be called twice.</summary>
    void Abort();
}
