using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using SniForward.Selecting;
using SniForward.Selecting.Health;
using SniForward.Tests.EndToEnd;

namespace SniForward.Tests.Selecting;

/// <summary>When a server is checked.</summary>
public sealed class HealthCheckerTests
{
    private static readonly HealthCheck Hourly = new(
        TimeSpan.FromHours(1), TimeSpan.FromMinutes(6), TimeSpan.FromDays(1), Tls: false, Path: null, Host: null, Statuses: [200]);

    private readonly Clock _clock = new();

    [Fact]
    public async Task The_first_check_comes_soon_and_others_follow_until_it_is_disposed_of()
    {
        using var server = TestServer.Start();
        using var checker = Start(server);
        await CheckAsync(TimeSpan.Zero, TimeSpan.FromSeconds(1));
        for (var i = 0; i < 3; i++) await CheckAsync(TimeSpan.FromMinutes(54), TimeSpan.FromMinutes(66));
        await _clock.NextPauseAsync();

        checker.Dispose();
        _clock.Advance(TimeSpan.FromDays(1));

        using var mine = await TestClient.ConnectAsync(server.Address);
        using var next = await server.AcceptAsync();
        Assert.Equal(mine.Socket.LocalEndPoint, next.RemoteEndPoint);

        async Task CheckAsync(TimeSpan least, TimeSpan most)
        {
            var pause = await _clock.NextPauseAsync();
            Assert.InRange(pause, least, most);
            _clock.Advance(pause);
            (await server.AcceptAsync()).Dispose();
        }
    }

    [Fact]
    public async Task The_server_is_told_of_each()
    {
        var changes = new List<HealthVerdict>();
        var health = new ServerHealth(new HealthRules(Fall: 2, Rise: 1), _clock, change => changes.Add(change.Verdict));
        var server = TestServer.Start();
        using (HealthChecker.Start(Hourly, Probe(server), health, _clock))
        {
            _clock.Advance(await _clock.NextPauseAsync());
            var second = await _clock.NextPauseAsync();
            server.Dispose();
            _clock.Advance(second);
            var third = await _clock.NextPauseAsync();
            Assert.Empty(changes);

            _clock.Advance(third);
            await _clock.NextPauseAsync();
        }
        Assert.Equal([HealthVerdict.Down], changes);
    }

    private HealthChecker Start(TestServer server) =>
        HealthChecker.Start(Hourly, Probe(server), new ServerHealth(new HealthRules(), _clock, _ => { }), _clock);

    private static HealthProbe Probe(TestServer server) =>
        new(Hourly, server.Address, addresses: null, ProxyVersion.Off, TimeProvider.System);

    /// <summary>Stands still, and tells for how long it is waited for.</summary>
    private sealed class Clock : FakeTimeProvider
    {
        private readonly Channel<TimeSpan> _pauses = Channel.CreateUnbounded<TimeSpan>();

        public async Task<TimeSpan> NextPauseAsync() => await _pauses.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().InTimeAsync();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _pauses.Writer.TryWrite(dueTime);
            return timer;
        }
    }
}
