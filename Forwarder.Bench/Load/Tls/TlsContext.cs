using System.Net;
using System.Net.Sockets;

namespace SniForward.Bench.Load.Tls;

/// <summary>What all clients of a measurement have in common: they offer AES-128-GCM and one kind of signature, and check nothing.</summary>
internal sealed class TlsContext : IDisposable
{
    private const int Version12 = 0x303;
    private const int Version13 = 0x304;

    private readonly nint _context = OpenSsl.NewContext(OpenSsl.ClientMethod());

    public TlsContext(TlsOffer offer)
    {
        var version = offer.Version == "1.2" ? Version12 : Version13;
        OpenSsl.ControlContext(_context, OpenSsl.SetLeastVersion, version, null);
        OpenSsl.ControlContext(_context, OpenSsl.SetHighestVersion, version, null);
        OpenSsl.SetSuites13(_context, "TLS_AES_128_GCM_SHA256");
        OpenSsl.SetSuites12(_context, $"ECDHE-{offer.Key}-AES128-GCM-SHA256");
        OpenSsl.ControlContext(_context, OpenSsl.SetSignatureAlgorithms, 0, offer.Key == "RSA" ? "RSA-PSS+SHA256:RSA+SHA256" : "ECDSA+SHA256");
    }

    /// <summary>A connection that has shaken hands, and on which the hello to the origin was sent.</summary>
    /// <param name="port">Of loopback.</param>
    /// <param name="name">Asked for in the TLS.</param>
    /// <param name="order">What the origin is to do.</param>
    /// <param name="session">What is resumed if the server will; 0: nothing.</param>
    /// <exception cref="IOException">It does not come about.</exception>
    public TlsClient Connect(int port, string name, OriginOrder order, nint session = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException(e.Message, e);
        }
        var client = new TlsClient(socket, OpenSsl.New(_context));
        try
        {
            client.ShakeHands(name, session);
            client.Send(Hello.For(name, order));
            return client;
        }
        catch (IOException)
        {
            client.Dispose();
            throw;
        }
    }

    public void Dispose() => OpenSsl.FreeContext(_context);
}
