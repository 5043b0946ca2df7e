using Microsoft.Extensions.Time.Testing;
using SniForward.Startup;
using SniForward.Transport;
using SniForward.Transport.Epoll;

namespace SniForward.Tests.Startup;

public sealed class WatchdogTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task While_an_engine_is_stuck_nobody_is_told_that_all_is_well()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("epoll is Linux's.");
        var engines = EpollTransport.Start(threads: 2, maxPipes: 0);
        try
        {
            var time = new FakeTimeProvider();
            var alive = new SemaphoreSlim(0);
            var stuck = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
            using var watchdog = Watchdog.Start(Limit, engines, time, () => alive.Release(), stuck.SetResult);
            time.Advance(Limit / 2);
            await alive.WaitAsync(TestContext.Current.CancellationToken).InTimeAsync();

            using var held = new ManualResetEventSlim();
            engines[1].Post(_ => held.Wait(), null);
            while (!stuck.Task.IsCompleted)
            {
                time.Advance(Limit / 2);
                await Task.Yield();
            }
            time.Advance(Limit * 10);
            Assert.Equal(0, alive.CurrentCount);

            held.Set();
            await alive.WaitAsync(TestContext.Current.CancellationToken).InTimeAsync();
            Assert.Equal(Limit / 2, await stuck.Task);
        }
        finally
        {
            foreach (ITransport engine in engines) engine.Dispose();
        }
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("", null, null)]
    [InlineData("0", null, null)]
    [InlineData("-5", null, null)]
    [InlineData("10000000", null, 10.0)]
    [InlineData("10000000", "42", 10.0)]
    [InlineData("10000000", "43", null)]
    [InlineData("9999999999999999999999", null, null)]
    public void The_limit_is_that_of_the_environment_if_it_means_this_process(string? microseconds, string? pid, double? seconds) =>
        Assert.Equal(seconds, Watchdog.LimitOf(microseconds, pid, process: 42)?.TotalSeconds);
}
