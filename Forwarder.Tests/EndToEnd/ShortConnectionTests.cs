using Microsoft.Extensions.Logging;
using SniForward.Startup;
using SniForward.Transport.Epoll;

namespace SniForward.Tests.EndToEnd;

/// <summary>A hundred thousand connections leave nothing behind, not even garbage.</summary>
[Collection(nameof(RunsAlone))]
public sealed class ShortConnectionTests
{
    private const int WarmUp = 10_000;
    private const int Connections = 100_000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Short_connections_allocate_nothing_and_leave_no_descriptor_pipe_or_buffer(bool originCloses)
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("epoll is Linux's.");
        using var load = new ShortLoad(originCloses);
        var engine = (EpollTransport)EpollTransport.Start(1, maxPipes: 16)[0];
        await using var forwarder = TestForwarder.Start(
            $"[[listener]]\nbind = \"127.0.0.1:0\"\n[[route]]\nhosts = [\"a.example\"]\nbackend = \"{load.Origin}\"",
            new Engines([engine], 16),
            LogLevel.Warning);
        Assert.Equal("", await load.RunAsync(forwarder.Address, WarmUp).InTimeAsync());
        var descriptors = Descriptors();

        var collections = GC.CollectionCount(0);
        var onThread = await AllocatedByAsync(engine);
        var inAll = GC.GetTotalAllocatedBytes(precise: true);
        var failure = await load.RunAsync(forwarder.Address, Connections).InTimeAsync();
        inAll = GC.GetTotalAllocatedBytes(precise: true) - inAll;
        onThread = await AllocatedByAsync(engine) - onThread;
        collections = GC.CollectionCount(0) - collections;

        Assert.Equal("", failure);
        Assert.Equal(0, collections);
        // What the pools still grew by, if more were open at once than in the warm-up: far less than a byte for each.
        Assert.InRange(onThread, 0, Connections / 4);
        Assert.InRange(inAll, 0, Connections);
        Assert.True(SpinWait.SpinUntil(() => forwarder.Forwarder.OpenConnections == 0, Patience.Limit));
        Assert.True(SpinWait.SpinUntil(() => Descriptors() <= descriptors, Patience.Limit), $"{Descriptors()} descriptors are open, {descriptors} were.");
        Assert.Equal((0, 0), (engine.HeldBuffers, engine.HeldPipes));
    }

    /// <summary>Those of sockets and pipes; the runtime opens others as it likes.</summary>
    private static int Descriptors() => Directory.EnumerateFileSystemEntries("/proc/self/fd")
        .Select(entry => new FileInfo(entry).LinkTarget)
        .Count(target => target is not null && (target.StartsWith("socket:", StringComparison.Ordinal) || target.StartsWith("pipe:", StringComparison.Ordinal)));

    /// <summary>What the engine's own thread has allocated so far, in bytes.</summary>
    private static Task<long> AllocatedByAsync(EpollTransport engine)
    {
        var answer = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Post(_ => answer.SetResult(GC.GetAllocatedBytesForCurrentThread()), null);
        return answer.Task.InTimeAsync();
    }
}
