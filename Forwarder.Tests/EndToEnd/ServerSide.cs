using System.Net.Sockets;
using System.Text;

namespace SniForward.Tests.EndToEnd;

/// <summary>What a test does with a connection that its server accepted.</summary>
internal static class ServerSide
{
    /// <summary>Everything until the forwarder ends its side.</summary>
    public static async Task<byte[]> ReadAllAsync(this Socket accepted)
    {
        // Not by NetworkStream, which refuses a socket that has ended its own side.
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await accepted.ReceiveAsync(buffer, SocketFlags.None, TestContext.Current.CancellationToken).AsTask().InTimeAsync() is > 0 and var received)
            all.Write(buffer, 0, received);
        return all.ToArray();
    }

    public static async Task<string> ReadAllTextAsync(this Socket accepted) => Encoding.Latin1.GetString(await accepted.ReadAllAsync());

    /// <summary>Sends <paramref name="text"/> and ends this side.</summary>
    public static async Task SendLastAsync(this Socket accepted, string text)
    {
        await accepted.SendAsync(Encoding.Latin1.GetBytes(text), SocketFlags.None, TestContext.Current.CancellationToken);
        accepted.Shutdown(SocketShutdown.Send);
    }
}
