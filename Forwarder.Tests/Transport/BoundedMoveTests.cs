using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using SniForward.Tests.EndToEnd;
using SniForward.Transport;
using SniForward.Transport.Epoll;
using SniForward.Transport.Sockets;

namespace SniForward.Tests.Transport;

/// <summary>A move of so many bytes and no more, after which the source can be read, and moved, again.</summary>
public sealed class BoundedMoveTests
{
    public static TheoryData<Engine, int> Sizes() => new(
        from engine in new[] { Engine.Epoll, Engine.Sockets }
        from size in new[] { 1, 4095, 4096, 65_536, 65_537, 3_000_000 }
        select (engine, size));

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task It_stops_at_its_end_and_the_rest_stays(Engine engine, int size)
    {
        await using var relay = await Relay.StartAsync(engine);
        var bytes = RandomNumberGenerator.GetBytes(2 * size + 3);
        var sending = relay.Sender.SendAsync(bytes, TestContext.Current.CancellationToken).AsTask();
        var received = new byte[2 * size];

        for (var i = 0; i < 2; i++)
        {
            var observer = new Observer();
            await relay.RunAsync(() => relay.Source.Move(relay.Sink, observer, 0, size));
            for (var at = 0; at < size;)
                at += await relay.Receiver.ReceiveAsync(received.AsMemory(i * size + at, size - at), TestContext.Current.CancellationToken).AsTask().InTimeAsync();
            Assert.Equal(MoveEnd.LimitReached, await observer.End.Task.InTimeAsync());
            Assert.Equal(size, observer.Moved);
        }

        await sending.InTimeAsync();
        Assert.Equal(bytes[..(2 * size)], received);
        Assert.Equal(bytes[(2 * size)..], await relay.ReadAsync(3));
        Assert.Equal(0, relay.Receiver.Available);
    }

    [Theory]
    [InlineData(Engine.Epoll)]
    [InlineData(Engine.Sockets)]
    public async Task An_end_before_that_is_the_sources(Engine engine)
    {
        await using var relay = await Relay.StartAsync(engine);
        var observer = new Observer();

        await relay.RunAsync(() => relay.Source.Move(relay.Sink, observer, 0, 100_000));
        relay.Sender.Send(new byte[10]);
        relay.Sender.Shutdown(SocketShutdown.Send);

        Assert.Equal(MoveEnd.SourceEnded, await observer.End.Task.InTimeAsync());
        Assert.Equal(10, observer.Moved);
    }

    /// <summary>A sender, a receiver, and the engine's two sockets in between.</summary>
    private sealed record Relay(ITransport Engine, Socket Sender, Socket Receiver, ISocket Source, ISocket Sink) : IAsyncDisposable
    {
        public static async Task<Relay> StartAsync(Engine kind)
        {
            if (kind == EndToEnd.Engine.Epoll && !OperatingSystem.IsLinux()) Assert.Skip("epoll is Linux's.");
            ITransport engine = kind == EndToEnd.Engine.Epoll ? EpollTransport.Start(1, maxPipes: 4)[0] : new SocketsTransport(TimeProvider.System);
            using var acceptor = engine.Listen(new IPEndPoint(IPAddress.Loopback, 0));
            var sender = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await sender.ConnectAsync(acceptor.LocalEndPoint, TestContext.Current.CancellationToken);
            var source = await engine.RunAsync(() => acceptor.AcceptAsync());
            using var receivers = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            receivers.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            receivers.Listen();
            var sink = await engine.RunAsync(() => engine.ConnectAsync(receivers.LocalEndPoint!, Patience.Limit, default));
            return new Relay(engine, sender, await receivers.AcceptAsync(TestContext.Current.CancellationToken), source.Socket!, sink.Socket!);
        }

        public Task RunAsync(Action action) => Engine.RunAsync(action);

        /// <summary>What the source's input has next.</summary>
        public async Task<byte[]> ReadAsync(int count)
        {
            var all = new List<byte>();
            while (all.Count < count)
            {
                all.AddRange(await Engine.RunAsync(async () =>
                {
                    var read = await Source.Input.ReadAsync();
                    var bytes = System.Buffers.BuffersExtensions.ToArray(read.Buffer);
                    Source.Input.AdvanceTo(read.Buffer.End);
                    return bytes;
                }));
            }
            return [.. all];
        }

        public async ValueTask DisposeAsync()
        {
            Sender.Dispose();
            Receiver.Dispose();
            await Engine.RunAsync(() =>
            {
                Source.Dispose();
                Sink.Dispose();
            });
            Engine.Dispose();
        }
    }

    private sealed class Observer : IMoveObserver
    {
        private long _moved;

        public TaskCompletionSource<MoveEnd> End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Moved => Volatile.Read(ref _moved);

        void IMoveObserver.Moved(ISocket source, int bytes) => Interlocked.Add(ref _moved, bytes);

        public void Ended(ISocket source, MoveEnd end) => End.TrySetResult(end);
    }
}
