using SniForward.Transport;

namespace SniForward.Selecting;

/// <summary>What dialling a backend gave. Disposing it closes the socket and releases the server.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Socket">The connection to the server; null unless connected.</param>
/// <param name="Server">The server; null unless connected.</param>
internal readonly record struct DialResult(DialEnd End, ISocket? Socket, Server? Server) : IDisposable
{
    public void Dispose()
    {
        Socket?.Dispose();
        Server?.Release();
    }
}
