using System.Diagnostics.Tracing;
using System.Text;

namespace SniForward.Tests.EndToEnd;

/// <summary>A connection on which nothing moves holds no buffer.</summary>
[Collection(nameof(RunsAlone))]
public sealed class IdleTests
{
    private const int Connections = 200;
    private const string Head = "GET / HTTP/1.1\r\nHost: idle.example\r\n\r\n";

    [Fact]
    public async Task Idle_connections_hold_no_buffers_after_bytes_went_both_ways()
    {
        using var server = TestServer.Start();
        await using var forwarder = TestForwarder.Start($"[[listener]]\nbind = \"127.0.0.1:0\"\n[default]\nbackend = \"127.0.0.1:{server.Port}\"");
        using var buffers = new HeldBuffers();
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
        Assert.True(buffers.Rented >= 2 * Connections, "Buffers were not counted.");
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Silent_connections_hold_no_buffers_before_their_first_byte()
    {
        await using var forwarder = TestForwarder.Start("[[listener]]\nbind = \"127.0.0.1:0\"\n[timeouts]\npeek = \"1h\"");
        using var buffers = new HeldBuffers();
        var clients = new List<TestClient>();

        for (var i = 0; i < Connections; i++) clients.Add(await TestClient.ConnectAsync(forwarder));
        Assert.True(SpinWait.SpinUntil(() => forwarder.Forwarder.OpenConnections == Connections, Patience.Limit));

        Assert.True(SpinWait.SpinUntil(() => buffers.Held <= 0, Patience.Limit), $"{buffers.Held} buffers are held by {Connections} silent connections.");
        await clients[0].SendAsync(Encoding.ASCII.GetBytes("GET"));
        Assert.True(SpinWait.SpinUntil(() => buffers.Held == 1, Patience.Limit), "A buffer that is held is not counted.");
        clients.ForEach(client => client.Dispose());
    }

    /// <summary>Counts byte buffers of peeking and moving that are rented and not yet returned.</summary>
    private sealed class HeldBuffers : EventListener
    {
        private const int Rent = 1;
        private const int Return = 3;

        private int _rented;
        private int _returned;

        public int Rented => Volatile.Read(ref _rented);

        public int Held => Rented - Volatile.Read(ref _returned);

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "System.Buffers.ArrayPoolEventSource") EnableEvents(eventSource, EventLevel.Verbose);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.Payload?[1] is not (4096 or 65536)) return;
            if (eventData.EventId == Rent) Interlocked.Increment(ref _rented);
            if (eventData.EventId == Return) Interlocked.Increment(ref _returned);
        }
    }
}
