using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using SniForward.Transport;
using SniForward.Transport.Epoll;

namespace SniForward.Tests.Transport.Epoll;

/// <summary>What the engine's sockets do at the edges that no whole connection reaches for certain.</summary>
public sealed class EpollSocketTests : IDisposable
{
    private readonly ITransport _engine;
    private readonly IAcceptor _acceptor;

    public EpollSocketTests()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("epoll is Linux's.");
        _engine = EpollTransport.Start(1, maxPipes: 4)[0];
        _acceptor = _engine.Listen(new IPEndPoint(IPAddress.Loopback, 0));
    }

    public void Dispose()
    {
        _acceptor.Dispose();
        _engine.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_move_from_or_to_an_aborted_socket_ends_as_aborted(bool abortsSource)
    {
        var (client, server) = await ConnectAsync();
        var observer = new Observer();

        await _engine.RunAsync(() =>
        {
            (abortsSource ? client : server).Abort();
            client.Move(server, observer, 0);
            if (!abortsSource) client.Abort();
        });

        Assert.Equal(MoveEnd.Aborted, await observer.End.Task.InTimeAsync());
    }

    [Fact]
    public async Task A_read_of_an_aborted_socket_is_an_IOException()
    {
        var (client, _) = await ConnectAsync();
        var reading = Task.CompletedTask;

        await _engine.RunAsync(() => reading = client.Input.ReadAsync().AsTask());
        await _engine.RunAsync(client.Abort);

        await Assert.ThrowsAsync<IOException>(() => reading.InTimeAsync());
    }

    [Fact]
    public async Task A_reset_that_is_heard_of_together_with_the_last_bytes_is_read_behind_them()
    {
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await sender.ConnectAsync(_acceptor.LocalEndPoint, TestContext.Current.CancellationToken);
        var accepted = (await _engine.RunAsync(() => _acceptor.AcceptAsync())).Socket!;
        var (received, reading) = (0L, Task.CompletedTask);
        await _engine.RunAsync(() => reading = ReadAllAsync());

        // The engine looks for events only after both.
        await _engine.RunAsync(() =>
        {
            sender.Send("last"u8);
            sender.LingerState = new LingerOption(true, 0);
            sender.Dispose();
        });

        await Assert.ThrowsAsync<IOException>(() => reading.InTimeAsync());
        Assert.Equal(4, received);

        async Task ReadAllAsync()
        {
            while (true)
            {
                var read = await accepted.Input.ReadAsync();
                received += read.Buffer.Length;
                accepted.Input.AdvanceTo(read.Buffer.End);
            }
        }
    }

    [Fact]
    public async Task Urgent_data_is_passed_over_and_what_follows_it_still_comes()
    {
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await sender.ConnectAsync(_acceptor.LocalEndPoint, TestContext.Current.CancellationToken);
        var accepted = await _engine.RunAsync(() => _acceptor.AcceptAsync());
        using var receivers = TestServer();
        var outward = await _engine.RunAsync(() => _engine.ConnectAsync(receivers.LocalEndPoint!, Patience.Limit, default));
        using var receiver = await receivers.AcceptAsync(TestContext.Current.CancellationToken);
        await _engine.RunAsync(() => accepted.Socket!.Move(outward.Socket!, new Observer(), 0));

        sender.Send("before"u8);
        sender.Send("!"u8, SocketFlags.OutOfBand);
        sender.Send("after"u8);
        sender.Shutdown(SocketShutdown.Send);

        var received = new byte[100];
        var length = 0;
        while (length < "beforeafter".Length) length += await receiver.ReceiveAsync(received.AsMemory(length), TestContext.Current.CancellationToken).AsTask().InTimeAsync();
        Assert.Equal("beforeafter"u8, received.AsSpan(0, length));
    }

    [Fact]
    public async Task A_move_that_was_aborted_while_it_was_held_back_leaves_nothing_to_the_next()
    {
        for (var i = 0; i < 3; i++)
        {
            using var first = await RelayAsync(bytesPerSecond: 1024);
            first.Sender.Send(new byte[5000]);
            await first.ReceiveAsync(1024);
            await _engine.RunAsync(() =>
            {
                first.Source.Abort();
                first.Sink.Abort();
            });
            Assert.Equal(MoveEnd.Aborted, await first.Observer.End.Task.InTimeAsync());
            await CloseAsync(first);

            using var second = await RelayAsync(bytesPerSecond: i == 0 ? 0 : 4096);
            var bytes = RandomNumberGenerator.GetBytes(i == 0 ? 100_000 : 8192);
            second.Sender.Send(bytes);
            second.Sender.Shutdown(SocketShutdown.Send);
            Assert.Equal(bytes, await second.ReceiveAsync(bytes.Length));
            Assert.Equal(MoveEnd.SourceEnded, await second.Observer.End.Task.InTimeAsync());
            await CloseAsync(second);
        }
    }

    [Fact]
    public async Task A_reset_ends_a_move_whose_source_never_had_to_be_waited_for()
    {
        using var relay = await RelayAsync(bytesPerSecond: 1024, first: 5000);
        await relay.ReceiveAsync(1024);

        relay.Sender.LingerState = new LingerOption(true, 0);
        relay.Sender.Dispose();

        Assert.Equal(MoveEnd.SourceFailed, await relay.Observer.End.Task.InTimeAsync());
    }

    [Fact]
    public async Task To_be_held_back_allocates_nothing()
    {
        using var relay = await RelayAsync(bytesPerSecond: 64 * 1024);
        relay.Sender.Send(new byte[16 * 1024]);
        await relay.ReceiveAsync(16 * 1024);

        var before = await AllocatedAsync();
        relay.Sender.Send(new byte[64 * 1024]);
        await relay.ReceiveAsync(64 * 1024);
        var allocated = await AllocatedAsync() - before;

        // It waits seven times at least, and one object each time would be 24 bytes.
        Assert.InRange(allocated, 0, 7 * 20);
    }

    [Fact]
    public async Task A_connection_that_nobody_takes_is_refused_or_times_out_with_its_error()
    {
        using var closed = TestServer();
        var address = closed.LocalEndPoint!;
        closed.Dispose();

        var refused = await _engine.RunAsync(() => _engine.ConnectAsync(address, Patience.Limit, new ReadOnlySequence<byte>(new byte[1])));
        var refusedWithout = await _engine.RunAsync(() => _engine.ConnectAsync(address, Patience.Limit, default));

        Assert.Equal((null, SocketError.ConnectionRefused), (refused.Socket, refused.Error));
        Assert.Equal((null, SocketError.ConnectionRefused), (refusedWithout.Socket, refusedWithout.Error));
    }

    [Fact]
    public void Timers_belong_to_the_engines_own_thread() => Assert.Throws<InvalidOperationException>(
        () => _engine.Time.CreateTimer(static _ => { }, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan));

    private static Socket TestServer()
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        server.Listen();
        return server;
    }

    /// <summary>Something between a sender and a receiver that moves what comes from the one to the other.</summary>
    /// <param name="bytesPerSecond">How fast.</param>
    /// <param name="first">How many bytes are there before it begins.</param>
    private async Task<Relay> RelayAsync(long bytesPerSecond, int first = 0)
    {
        var sender = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await sender.ConnectAsync(_acceptor.LocalEndPoint, TestContext.Current.CancellationToken);
        if (first > 0) sender.Send(new byte[first]);
        var accepted = await _engine.RunAsync(() => _acceptor.AcceptAsync());
        using var receivers = TestServer();
        var outward = await _engine.RunAsync(() => _engine.ConnectAsync(receivers.LocalEndPoint!, Patience.Limit, default));
        var relay = new Relay(sender, await receivers.AcceptAsync(TestContext.Current.CancellationToken), accepted.Socket!, outward.Socket!);
        await _engine.RunAsync(() => relay.Source.Move(relay.Sink, relay.Observer, bytesPerSecond));
        return relay;
    }

    /// <summary>Gives the engine's sockets back to it, for the next.</summary>
    private Task CloseAsync(Relay relay) => _engine.RunAsync(() =>
    {
        relay.Source.Dispose();
        relay.Sink.Dispose();
    });

    /// <summary>What the engine's thread has allocated so far, in bytes.</summary>
    private Task<long> AllocatedAsync()
    {
        var answer = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        _engine.Post(_ => answer.SetResult(GC.GetAllocatedBytesForCurrentThread()), null);
        return answer.Task.InTimeAsync();
    }

    private async Task<(ISocket Client, ISocket Server)> ConnectAsync()
    {
        var client = await _engine.RunAsync(() => _engine.ConnectAsync(_acceptor.LocalEndPoint, Patience.Limit, default));
        var server = await _engine.RunAsync(() => _acceptor.AcceptAsync());
        return (client.Socket!, server.Socket!);
    }

    private sealed record Relay(Socket Sender, Socket Receiver, ISocket Source, ISocket Sink) : IDisposable
    {
        public Observer Observer { get; } = new();

        public async Task<byte[]> ReceiveAsync(int count)
        {
            var bytes = new byte[count];
            for (var received = 0; received < count;)
            {
                var more = await Receiver.ReceiveAsync(bytes.AsMemory(received), TestContext.Current.CancellationToken).AsTask().InTimeAsync();
                Assert.NotEqual(0, more);
                received += more;
            }
            return bytes;
        }

        public void Dispose()
        {
            Sender.Dispose();
            Receiver.Dispose();
        }
    }

    private sealed class Observer : IMoveObserver
    {
        public TaskCompletionSource<MoveEnd> End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Moved(ISocket source, int bytes)
        {
        }

        public void Ended(ISocket source, MoveEnd end) => End.TrySetResult(end);
    }
}
