using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging;
using SniForward.Startup;
using SniForward.Transport.Epoll;

namespace SniForward.Tests.EndToEnd;

/// <summary>A hundred thousand connections leave nothing behind, not even garbage.</summary>
[Collection(nameof(RunsAlone))]
public sealed class ShortConnectionTests
{
    private const int WarmUp = 10_000;

    /// <summary>Far more than the load ever has open at once, however slow one side of it is at a time.</summary>
    private const int MostAtOnce = 512;

    [Theory]
    [InlineData(100_000, true, "127.0.0.1", false)]
    [InlineData(100_000, false, "127.0.0.1", true)]
    [InlineData(20_000, true, "localhost", false)]
    public async Task Short_connections_allocate_nothing_and_leave_no_descriptor_pipe_or_buffer(int count, bool originCloses, string server, bool measured)
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("epoll is Linux's.");
        using var load = new ShortLoad(originCloses);
        var engine = (EpollTransport)EpollTransport.Start(1, maxPipes: 16)[0];
        await using var forwarder = TestForwarder.Start(
            $"[[listener]]\nbind = \"127.0.0.1:0\"\n[[route]]\nhosts = [\"a.example\"]\nbackend = \"{server}:{((IPEndPoint)load.Origin).Port}\"\n[log]\naccess = false",
            new Engines([engine], 16),
            LogLevel.Warning);
        using var figures = measured ? new Histograms(forwarder) : null;
        await FillPoolsAsync(forwarder);
        Assert.Equal("", await load.RunAsync(forwarder.Address, WarmUp).InTimeAsync());
        var descriptors = Descriptors();

        var collections = GC.CollectionCount(0);
        var onThread = await AllocatedByAsync(engine);
        var inAll = GC.GetTotalAllocatedBytes(precise: true);
        var failure = await load.RunAsync(forwarder.Address, count).InTimeAsync();
        inAll = GC.GetTotalAllocatedBytes(precise: true) - inAll;
        onThread = await AllocatedByAsync(engine) - onThread;
        collections = GC.CollectionCount(0) - collections;

        Assert.Equal("", failure);
        Assert.Equal(0, collections);
        // Far less than a byte for each: what the reactor's own queues still grew by.
        Assert.InRange(onThread, 0, count / 4);
        Assert.InRange(inAll, 0, count);
        Assert.True(SpinWait.SpinUntil(() => forwarder.Forwarder.OpenConnections == 0, Patience.Limit));
        Assert.True(SpinWait.SpinUntil(() => Descriptors() <= descriptors, Patience.Limit), $"{Descriptors()} descriptors are open, {descriptors} were.");
        Assert.Equal((0, 0), (engine.HeldBuffers, engine.HeldPipes));
        if (measured) Assert.InRange(figures!.Recorded, 3 * count, int.MaxValue);
    }

    /// <summary>Has so many connections in each stage at once that no pool has to grow after it.</summary>
    private static async Task FillPoolsAsync(TestForwarder forwarder)
    {
        var clients = new List<TestClient>();
        while (clients.Count < MostAtOnce) clients.Add(await TestClient.ConnectAsync(forwarder));
        // Its first byte parks each in the peek; the rest lets them go on together.
        foreach (var client in clients) await client.SendAsync("G");
        Assert.True(SpinWait.SpinUntil(() => forwarder.Forwarder.OpenConnections == MostAtOnce, Patience.Limit));
        foreach (var client in clients) await client.SendAsync("ET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        foreach (var client in clients) await client.ReadAsync(1);
        clients.ForEach(client => client.Dispose());
        Assert.True(SpinWait.SpinUntil(() => forwarder.Forwarder.OpenConnections == 0, Patience.Limit));
    }

    /// <summary>Those of sockets and pipes; the runtime opens others as it likes.</summary>
    private static int Descriptors() => OpenDescriptors.Of("self", "socket:", "pipe:");

    /// <summary>What the engine's own thread has allocated so far, in bytes.</summary>
    private static Task<long> AllocatedByAsync(EpollTransport engine)
    {
        var answer = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Post(_ => answer.SetResult(GC.GetAllocatedBytesForCurrentThread()), null);
        return answer.Task.InTimeAsync();
    }

    /// <summary>Has every time recorded, and counts them.</summary>
    private sealed class Histograms : IDisposable
    {
        private readonly MeterListener _listener = new();
        private int _recorded;

        public Histograms(TestForwarder forwarder)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == forwarder.Forwarder.Meter) listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref _recorded));
            _listener.Start();
        }

        public int Recorded => Volatile.Read(ref _recorded);

        public void Dispose() => _listener.Dispose();
    }
}
