using System.Net.Security;
using System.Net.Sockets;
using SniForward.Telemetry;
using SniForward.Transport.Tls;

namespace SniForward.Tests.Transport.Tls;

/// <summary>One client with TLS and the server that it is spliced to.</summary>
/// <param name="Client">Its side of TLS.</param>
/// <param name="Server">The server's end.</param>
/// <param name="Accepted">The engine's side of TLS.</param>
/// <param name="End">How the splice ended.</param>
/// <param name="Cut">Cuts it.</param>
internal sealed record TlsRelay(SslStream Client, Socket Server, TlsSocket Accepted, Task<ConnectionEnd> End, Action Cut) : IDisposable
{
    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }
}
