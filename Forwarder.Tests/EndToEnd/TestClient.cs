using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace SniForward.Tests.EndToEnd;

/// <summary>A client of the forwarder, on a raw socket.</summary>
internal sealed class TestClient : IDisposable
{
    private TestClient(Socket socket)
    {
        Socket = socket;
        Stream = new NetworkStream(socket, ownsSocket: true);
    }

    public Socket Socket { get; }

    public NetworkStream Stream { get; }

    public static async Task<TestClient> ConnectAsync(EndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, address is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        await socket.ConnectAsync(address, TestContext.Current.CancellationToken).AsTask().InTimeAsync();
        return new TestClient(socket);
    }

    public static Task<TestClient> ConnectAsync(TestForwarder forwarder) => ConnectAsync(forwarder.Address);

    /// <summary>Sends an HTTP request for <paramref name="host"/> and ends this side.</summary>
    public static async Task<string> AskAsync(EndPoint address, string host)
    {
        using var client = await ConnectAsync(address);
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        client.EndSending();
        return await client.ReadAllTextAsync();
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) =>
        await Stream.WriteAsync(bytes, TestContext.Current.CancellationToken).AsTask().InTimeAsync();

    public void EndSending() => Socket.Shutdown(SocketShutdown.Send);

    /// <summary>Resets the connection.</summary>
    public void Reset()
    {
        Socket.LingerState = new LingerOption(true, 0);
        Socket.Dispose();
    }

    /// <summary>Everything until the other side ends.</summary>
    /// <exception cref="IOException">The other side reset the connection.</exception>
    public async Task<byte[]> ReadAllAsync()
    {
        using var all = new MemoryStream();
        await Stream.CopyToAsync(all, TestContext.Current.CancellationToken).InTimeAsync();
        return all.ToArray();
    }

    public async Task<string> ReadAllTextAsync() => Encoding.Latin1.GetString(await ReadAllAsync());

    public async Task<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        await Stream.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken).AsTask().InTimeAsync();
        return bytes;
    }

    /// <summary>Waits until the other side resets the connection; an orderly end is a failure.</summary>
    public async Task ExpectResetAsync()
    {
        var exception = await Assert.ThrowsAsync<IOException>(ReadAllAsync);
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(exception.InnerException).SocketErrorCode);
    }

    /// <summary>Does a TLS handshake that asks for <paramref name="name"/> and accepts any certificate.</summary>
    public async Task<SslStream> StartTlsAsync(string name, SslProtocols protocols = SslProtocols.None, params SslApplicationProtocol[] alpn)
    {
#pragma warning disable CA5359 // The test looks at the certificate itself.
        var tls = new SslStream(Stream, leaveInnerStreamOpen: true, (_, _, _, _) => true);
#pragma warning restore CA5359
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = name,
            EnabledSslProtocols = protocols,
            ApplicationProtocols = alpn.Length > 0 ? [.. alpn] : null,
        };
        await tls.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken).InTimeAsync();
        return tls;
    }

    public void Dispose() => Stream.Dispose();
}
