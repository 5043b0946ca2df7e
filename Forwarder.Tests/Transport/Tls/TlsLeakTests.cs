using SniForward.Telemetry;
using SniForward.Tests.EndToEnd;

namespace SniForward.Tests.Transport.Tls;

[Collection(nameof(RunsAlone))]
public sealed class TlsLeakTests
{
    private const int Connections = 1000;
    private const int AtOnce = 32;

    [Theory]
    [InlineData(Engine.Epoll)]
    [InlineData(Engine.Sockets)]
    public async Task A_thousand_connections_leave_nothing_open(Engine engine)
    {
        using var bench = new TlsBench(engine);
        // What other tests left to the collector.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = OpenDescriptors.Of("self", "socket:");
        var left = Connections;

        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0) await ConnectAsync(bench);
        })).WaitAsync(5 * Patience.Limit, TestContext.Current.CancellationToken);

        Assert.Equal(0, bench.Gate.Running);
        Assert.Equal(0, bench.HeldBuffers);
        Assert.Equal(before, OpenDescriptors.Of("self", "socket:"));
    }

    private static async Task ConnectAsync(TlsBench bench)
    {
        var (client, accepted) = await bench.HandshakeAsync();
        var (dialled, server) = await bench.DialAsync();
        var (end, _) = await bench.SpliceAsync(accepted, dialled);
        await client.WriteAsync("ping"u8.ToArray());
        var buffer = new byte[10];
        server.Send(buffer, await server.ReceiveAsync(buffer), System.Net.Sockets.SocketFlags.None);
        Assert.Equal(4, await client.ReadAsync(buffer));
        await client.ShutdownAsync();
        server.Dispose();
        Assert.Equal(0, await client.ReadAsync(buffer));
        await client.DisposeAsync();
        Assert.Equal(ConnectionEnd.Completed, await end);
    }
}
