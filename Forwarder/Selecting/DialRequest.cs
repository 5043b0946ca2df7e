using System.IO.Pipelines;
using System.Net;
using SniForward.Transport;

namespace SniForward.Selecting;

/// <summary>What is to be dialled, and with what.</summary>
/// <param name="Backend">Whose servers are tried.</param>
/// <param name="Named">The server of the name that the client chose; null: the backend's own.</param>
/// <param name="Timeout">For reaching one, all attempts together.</param>
/// <param name="Client">The client's address; null if the backend does not ask for it.</param>
/// <param name="Input">What was peeked, which the server is sent at once as far as it takes it; null if nothing was.</param>
/// <param name="Opening">What the server is sent before; null if nothing.</param>
/// <param name="Socket">The client's, which is watched while it waits for a place; null: it is not.</param>
/// <param name="EndIsLeaving">Whether a client that ends its side then has left: it has not said yet all that it must.</param>
internal readonly record struct DialRequest(
    Backend Backend, Server? Named, TimeSpan Timeout, EndPoint? Client, PipeReader? Input, Opening? Opening, ISocket? Socket = null, bool EndIsLeaving = false);
