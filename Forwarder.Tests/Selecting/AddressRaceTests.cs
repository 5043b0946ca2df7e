using System.Buffers;
using System.Net;
using System.Net.Sockets;
using SniForward.Selecting;
using SniForward.Tests.EndToEnd;
using SniForward.Tests.Transport;
using SniForward.Transport;
using SniForward.Transport.Epoll;
using SniForward.Transport.Sockets;

namespace SniForward.Tests.Selecting;

/// <summary>Races on real engines, between addresses that answer, refuse, and do neither.</summary>
public abstract class AddressRaceTests : IDisposable
{
    private static readonly byte[] First = "the first bytes"u8.ToArray();
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(600);

    private readonly ITransport _transport;

    protected AddressRaceTests(Engine engine)
    {
        if (engine == Engine.Epoll && !OperatingSystem.IsLinux()) Assert.Skip("epoll is Linux's.");
        _transport = engine == Engine.Epoll ? EpollTransport.Start(1, maxPipes: 4)[0] : new SocketsTransport(TimeProvider.System);
    }

    public void Dispose()
    {
        _transport.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task When_all_refuse_it_ends_with_their_error()
    {
        var result = await RaceAsync(Patience.Limit, Loopback(TestServer.RefusingPort()), Loopback(TestServer.RefusingPort()));

        Assert.Equal((null, SocketError.ConnectionRefused), (result.Socket, result.Error));
    }

    [Fact]
    public async Task The_first_that_connects_wins_and_the_second_is_not_tried()
    {
        using var one = TestServer.Start();
        using var two = TestServer.Start();

        var result = await RaceAsync(Patience.Limit, one.Address, two.Address);

        Assert.Equal(one.Address, result.Socket?.RemoteEndPoint);
        using var accepted = await one.AcceptAsync();
        await CloseAsync(result);
        Assert.Equal(First[..result.Sent], await accepted.ReadAllAsync());
        await AssertFirstConnectionIsMineAsync(two);
    }

    [Fact]
    public async Task One_that_refuses_gives_way_at_once_and_the_first_bytes_go_to_the_next()
    {
        using var two = TestServer.Start();

        var result = await RaceAsync(Patience.Limit, Loopback(TestServer.RefusingPort()), two.Address);

        Assert.Equal(two.Address, result.Socket?.RemoteEndPoint);
        using var accepted = await two.AcceptAsync();
        await CloseAsync(result);
        Assert.Equal(First[..result.Sent], await accepted.ReadAllAsync());
    }

    [Fact]
    public async Task The_second_wins_while_the_first_hangs_and_nothing_was_sent_to_either()
    {
        using var deaf = DeafServer.Start();
        using var two = TestServer.Start();

        var result = await RaceAsync(Patience.Limit, Loopback(deaf.Port), two.Address);

        Assert.Equal((two.Address, 0), (result.Socket?.RemoteEndPoint, result.Sent));
        // The loser is closed, and so will never be sent any.
        Assert.Equal(0, Trying(deaf));
        using var accepted = await two.AcceptAsync();
        await CloseAsync(result);
        Assert.Empty(await accepted.ReadAllAsync());
    }

    [Fact]
    public async Task The_first_may_win_late_and_the_second_is_closed_without_a_byte()
    {
        using var one = DeafServer.Start();
        using var two = DeafServer.Start();

        var racing = RaceAsync(Patience.Limit, Loopback(one.Port), Loopback(two.Port));
        Assert.True(SpinWait.SpinUntil(() => Trying(two) == 1, Patience.Limit), "The second is not tried.");
        using var accepted = await one.HearAsync();
        var result = await racing;

        Assert.Equal(Loopback(one.Port), result.Socket?.RemoteEndPoint);
        Assert.Equal(0, Trying(two));
        await CloseAsync(result);
        Assert.Equal(First[..result.Sent], await accepted.ReadAllAsync());
    }

    [Fact]
    public async Task When_all_hang_it_ends_with_the_deadline_and_all_are_closed()
    {
        using var one = DeafServer.Start();
        using var two = DeafServer.Start();

        var result = await RaceAsync(Short, Loopback(one.Port), Loopback(two.Port));

        Assert.Equal((null, SocketError.TimedOut), (result.Socket, result.Error));
        Assert.Equal(0, Trying(one) + Trying(two));
    }

    [Fact]
    public async Task A_race_serves_again_after_one_that_it_ended()
    {
        using var deaf = DeafServer.Start();
        using var two = TestServer.Start();
        AddressRace? race = null;

        for (var i = 0; i < 3; i++)
        {
            var result = await _transport.RunAsync(() => (race ??= new AddressRace(_transport)).RunAsync(
                [Loopback(deaf.Port), (IPEndPoint)two.Address], Patience.Limit, new ReadOnlySequence<byte>(First)));
            Assert.Equal(two.Address, result.Socket?.RemoteEndPoint);
            await CloseAsync(result);
        }
    }

    protected async Task ExpectNoAllocationAsync()
    {
        using var server = new CountingServer();
        var (connected, unlike) = (0, 0);
        IPEndPoint[] addresses = [server.Address, Loopback(1)];

        await _transport.RunAsync(() =>
        {
            var race = new AddressRace(_transport);
            Allocations.AssertNone(() =>
            {
                var running = race.RunAsync(addresses, Patience.Limit, new ReadOnlySequence<byte>(First));
                if (!running.IsCompleted) Assert.Fail("The connection is not there at once.");
                var result = running.GetAwaiter().GetResult();
                if (result.Sent != First.Length) unlike++;
                result.Socket?.Abort();
                result.Socket?.Dispose();
                server.WaitFor(++connected);
            });
        });

        Assert.Equal(0, unlike);
    }

    private static IPEndPoint Loopback(int port) => new(IPAddress.Loopback, port);

    /// <summary>How many connections to <paramref name="deaf"/> are being tried, but for its own (SYN_SENT, 02 in proc(5)'s net/tcp).</summary>
    private static int Trying(DeafServer deaf) => File.ReadLines("/proc/net/tcp").Skip(1)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Count(fields => fields[2].EndsWith($":{deaf.Port:X4}", StringComparison.Ordinal) && fields[3] == "02"
            && !deaf.IsOwn(Convert.ToInt32(fields[1][^4..], 16)));

    private static async Task AssertFirstConnectionIsMineAsync(TestServer server)
    {
        using var mine = await TestClient.ConnectAsync(server.Address);
        using var accepted = await server.AcceptAsync();
        Assert.Equal(mine.Socket.LocalEndPoint, accepted.RemoteEndPoint);
    }

    private Task<SocketResult> RaceAsync(TimeSpan timeout, params EndPoint[] addresses) => _transport.RunAsync(
        () => new AddressRace(_transport).RunAsync([.. addresses.Cast<IPEndPoint>()], timeout, new ReadOnlySequence<byte>(First)));

    private Task CloseAsync(SocketResult result) => _transport.RunAsync(() => result.Socket?.Dispose());

    /// <summary>Takes connections as they come and closes them, on a thread of its own.</summary>
    private sealed class CountingServer : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private int _accepted;

        public CountingServer()
        {
            _listener.Bind(Loopback(0));
            _listener.Listen(1024);
            new Thread(AcceptAll) { IsBackground = true }.Start();
        }

        public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

        /// <summary>Waits until it has taken <paramref name="count"/> connections.</summary>
        public void WaitFor(int count)
        {
            while (Volatile.Read(ref _accepted) < count) Thread.Yield();
        }

        public void Dispose() => _listener.Dispose();

        private void AcceptAll()
        {
            try
            {
                while (true)
                {
                    _listener.Accept().Dispose();
                    Interlocked.Increment(ref _accepted);
                }
            }
            catch (SocketException)
            {
                // Disposed: the test is over.
            }
        }
    }
}

public sealed class AddressRaceTestsOnEpoll() : AddressRaceTests(Engine.Epoll)
{
    [Fact]
    public Task Races_won_at_once_allocate_nothing() => ExpectNoAllocationAsync();
}

public sealed class AddressRaceTestsOnSockets() : AddressRaceTests(Engine.Sockets);
