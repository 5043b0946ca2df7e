using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace SniForward.Tests.Securing;

/// <summary>What a TLS handshake on the loopback came to.</summary>
/// <param name="Client">The client's end of it.</param>
/// <param name="Server">The server's end of it.</param>
/// <param name="ServerError">Why the server failed; null: it did not.</param>
/// <param name="ClientError">Why the client failed; null: it did not.</param>
internal sealed record Handshake(SslStream Client, SslStream Server, Exception? ServerError, Exception? ClientError) : IDisposable
{
    public bool Succeeded => ServerError is null && ClientError is null;

    public static async Task<Handshake> RunAsync(SslServerAuthenticationOptions server, SslClientAuthenticationOptions client)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndpoint);
        var serverEnd = new SslStream(new NetworkStream(await listener.AcceptSocketAsync(), ownsSocket: true));
        var clientEnd = new SslStream(new NetworkStream(socket, ownsSocket: true));
        var serverError = ErrorOf(AcceptAsync(serverEnd, server), serverEnd);
        var clientError = ErrorOf(ConnectAsync(clientEnd, client), clientEnd);
        return new Handshake(clientEnd, serverEnd, await serverError, await clientError);
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }

    private static async Task AcceptAsync(SslStream stream, SslServerAuthenticationOptions options)
    {
        await stream.AuthenticateAsServerAsync(options);
        await stream.WriteAsync("!"u8.ToArray());
    }

    /// <summary>In TLS 1.3 a client is done before its certificate was looked at, and gets the answer, and its tickets, by reading.</summary>
    private static async Task ConnectAsync(SslStream stream, SslClientAuthenticationOptions options)
    {
        await stream.AuthenticateAsClientAsync(options);
        if (await stream.ReadAsync(new byte[1]) == 0) throw new AuthenticationException("the server ended the connection");
    }

    private static async Task<Exception?> ErrorOf(Task handshake, SslStream stream)
    {
        try
        {
            await handshake.InTimeAsync();
            return null;
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            // The other side shall not wait for it.
            await stream.DisposeAsync();
            return e;
        }
    }
}
