using System.Net.Sockets;
using System.Text;

namespace SniForward.Tests.EndToEnd;

/// <summary>One side of a connection that speaks HTTP/1, byte by byte as the test says.</summary>
internal sealed class Wire(Socket socket) : IDisposable
{
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);

    public Socket Socket => socket;

    public NetworkStream Stream => _stream;

    public static async Task<Wire> ConnectAsync(TestForwarder forwarder) => new((await TestClient.ConnectAsync(forwarder)).Socket);

    public static async Task<Wire> AcceptAsync(TestServer server) => new(await server.AcceptAsync());

    public async Task SendAsync(string text) =>
        await _stream.WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken).AsTask().InTimeAsync();

    /// <summary>A head, with the empty line that ends it.</summary>
    public async Task<string> ReadHeadAsync()
    {
        var head = new StringBuilder();
        while (head.Length < 4 || head.ToString(head.Length - 4, 4) != "\r\n\r\n") head.Append(await ReadTextAsync(1));
        return head.ToString();
    }

    public async Task<string> ReadTextAsync(int count)
    {
        var bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken).AsTask().InTimeAsync();
        return Encoding.Latin1.GetString(bytes);
    }

    /// <summary>Holds that exactly <paramref name="text"/> comes next.</summary>
    public async Task ExpectAsync(string text) => Assert.Equal(text, await ReadTextAsync(text.Length));

    /// <summary>Everything until the other side ends.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var all = new MemoryStream();
        await _stream.CopyToAsync(all, TestContext.Current.CancellationToken).InTimeAsync();
        return Encoding.Latin1.GetString(all.ToArray());
    }

    /// <summary>Waits until the other side resets the connection, whatever came before.</summary>
    public async Task ExpectResetAsync()
    {
        var exception = await Assert.ThrowsAsync<IOException>(ReadToEndAsync);
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(exception.InnerException).SocketErrorCode);
    }

    public void EndSending() => socket.Shutdown(SocketShutdown.Send);

    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    public void Dispose() => _stream.Dispose();
}
