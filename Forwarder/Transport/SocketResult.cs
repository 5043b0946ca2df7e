using System.Net.Sockets;

namespace SniForward.Transport;

/// <summary>What accepting or connecting gave: a socket, or why there is none.</summary>
/// <param name="Socket">The connected socket; null on an error.</param>
/// <param name="Error"><see cref="SocketError.Success"/> exactly if there is a socket.</param>
/// <param name="Sent">How many of the first bytes the kernel has taken already.</param>
internal readonly record struct SocketResult(ISocket? Socket, SocketError Error, int Sent = 0);
