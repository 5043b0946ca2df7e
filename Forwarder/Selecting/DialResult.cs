using SniForward.Transport;

namespace SniForward.Selecting;

/// <summary>What dialling a backend gave. Disposing it closes the socket and releases the server.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Socket">The connection to the server; null unless connected.</param>
/// <param name="Server">The server; null unless connected.</param>
/// <param name="Sent">How many of the client's first bytes it has been sent already.</param>
internal readonly record struct DialResult(DialEnd End, ISocket? Socket, Server? Server, int Sent) : IDisposable
{
    public void Dispose()
    {
        Socket?.Dispose();
        Server?.Release();
    }
}
