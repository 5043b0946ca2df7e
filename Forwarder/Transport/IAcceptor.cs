using System.Net;
using System.Net.Sockets;

namespace SniForward.Transport;

/// <summary>A bound, listening socket. Disposing it stops listening and ends a pending accept.</summary>
internal interface IAcceptor : IDisposable
{
    /// <summary>The address that was really bound, with its port.</summary>
    EndPoint LocalEndPoint { get; }

    /// <summary>
    /// Another descriptor of its socket, for another process to accept from. From now on disposing this leaves the file of a
    /// unix socket where it is.
    /// </summary>
    /// <exception cref="SocketException">It was disposed, or no descriptor is left.</exception>
    Socket Share();

    /// <summary>Looks again whether a client waits: a process that shared the socket may have been woken for one, and ended.</summary>
    void LookAgain();

    /// <summary>
    /// The next client. Never throws: errors come as values, <see cref="SocketError.OperationAborted"/> once
    /// the acceptor was disposed.
    /// </summary>
    ValueTask<SocketResult> AcceptAsync();
}
