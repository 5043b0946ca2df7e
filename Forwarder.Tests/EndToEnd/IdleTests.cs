using System.Diagnostics.Tracing;
using System.Net.Sockets;
using System.Text;
using SniForward.Transport.Epoll;

namespace SniForward.Tests.EndToEnd;

/// <summary>A connection on which nothing moves holds no buffer.</summary>
public abstract class IdleTests(Engine engine)
{
    private const int Connections = 200;
    private const string Head = "GET / HTTP/1.1\r\nHost: idle.example\r\n\r\n";

    [Fact]
    public async Task Idle_connections_hold_no_buffers_after_bytes_went_both_ways()
    {
        using var server = TestServer.Start();
        await using var forwarder = engine.Start($"[[listener]]\nbind = \"127.0.0.1:0\"\n[default]\nbackend = \"127.0.0.1:{server.Port}\"");
        using var buffers = HeldBuffers.Of(engine, forwarder);
        var clients = new List<TestClient>();

        for (var i = 0; i < Connections; i++)
        {
            var client = await TestClient.ConnectAsync(forwarder);
            clients.Add(client);
            await client.SendAsync(Head);
            var accepted = await server.AcceptAsync();
            accepted.Send(new byte[70_000]);
            await client.ReadAsync(70_000);
        }

        Assert.True(SpinWait.SpinUntil(() => buffers.Held <= 0, Patience.Limit), $"{buffers.Held} buffers are held by {Connections} idle connections.");
        var stalled = await StallAsync(forwarder, server, clients);
        Assert.True(SpinWait.SpinUntil(() => buffers.Held > 0, Patience.Limit), "A buffer that is held is not counted.");
        clients.ForEach(client => client.Dispose());
        await Assert.ThrowsAnyAsync<SocketException>(() => stalled.InTimeAsync());
    }

    [Fact]
    public async Task Silent_connections_hold_no_buffers_before_their_first_byte()
    {
        await using var forwarder = engine.Start("[[listener]]\nbind = \"127.0.0.1:0\"\n[timeouts]\npeek = \"1h\"");
        using var buffers = HeldBuffers.Of(engine, forwarder);
        var clients = new List<TestClient>();

        for (var i = 0; i < Connections; i++) clients.Add(await TestClient.ConnectAsync(forwarder));
        Assert.True(SpinWait.SpinUntil(() => forwarder.Forwarder.OpenConnections == Connections, Patience.Limit));

        Assert.True(SpinWait.SpinUntil(() => buffers.Held <= 0, Patience.Limit), $"{buffers.Held} buffers are held by {Connections} silent connections.");
        await clients[0].SendAsync(Encoding.ASCII.GetBytes("GET"));
        Assert.True(SpinWait.SpinUntil(() => buffers.Held == 1, Patience.Limit), "A buffer that is held is not counted.");
        clients.ForEach(client => client.Dispose());
    }

    /// <summary>One more connection, whose client does not read what its server sends: more than fits into all buffers.</summary>
    private static async Task<Task> StallAsync(TestForwarder forwarder, TestServer server, List<TestClient> clients)
    {
        var client = await TestClient.ConnectAsync(forwarder);
        clients.Add(client);
        await client.SendAsync(Head);
        var accepted = await server.AcceptAsync();
        return accepted.SendAsync(new byte[100_000_000], TestContext.Current.CancellationToken).AsTask();
    }

    /// <summary>Counts the buffers and pipes that connections hold.</summary>
    private abstract class HeldBuffers : EventListener
    {
        public abstract int Held { get; }

        public static HeldBuffers Of(Engine engine, TestForwarder forwarder) =>
            engine == Engine.Epoll ? new HeldOfReactors(forwarder) : new HeldOfArrayPool();
    }

    private sealed class HeldOfReactors(TestForwarder forwarder) : HeldBuffers
    {
        public override int Held => forwarder.Forwarder.Engines.Cast<EpollTransport>().Sum(engine => engine.HeldBuffers + engine.HeldPipes);
    }

    private sealed class HeldOfArrayPool : HeldBuffers
    {
        private const int Rent = 1;
        private const int Return = 3;

        private int _held;

        public override int Held => Volatile.Read(ref _held);

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "System.Buffers.ArrayPoolEventSource") EnableEvents(eventSource, EventLevel.Verbose);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.Payload?[1] is not (4096 or 65536)) return;
            if (eventData.EventId == Rent) Interlocked.Increment(ref _held);
            if (eventData.EventId == Return) Interlocked.Decrement(ref _held);
        }
    }
}

[Collection(nameof(RunsAlone))]
public sealed class IdleTestsOnEpoll() : IdleTests(Engine.Epoll);

[Collection(nameof(RunsAlone))]
public sealed class IdleTestsOnSockets() : IdleTests(Engine.Sockets);
