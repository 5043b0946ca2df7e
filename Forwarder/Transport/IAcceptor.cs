using System.Net;
using System.Net.Sockets;

namespace SniForward.Transport;

/// <summary>A bound, listening socket. Disposing it stops listening and ends a pending accept.</summary>
internal interface IAcceptor : IDisposable
{
    /// <summary>The address that was really bound, with its port.</summary>
    EndPoint LocalEndPoint { get; }

    /// <summary>
    /// The next client. Never throws: errors come as values, <see cref="SocketError.OperationAborted"/> once
    /// the acceptor was disposed.
    /// </summary>
    ValueTask<SocketResult> AcceptAsync();
}
