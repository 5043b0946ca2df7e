using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using SniForward.Telemetry;
using SniForward.Tests.EndToEnd;
using SniForward.Transport;

namespace SniForward.Tests.Transport.Tls;

/// <summary>What two sides notice of each other when only one of them speaks TLS.</summary>
public sealed class TlsSpliceTests
{
    private const int Bulk = 64 << 20;

    public static TheoryData<Engine> Engines => [Engine.Epoll, Engine.Sockets];

    public static MatrixTheoryData<Engine, SslProtocols> Kinds => new(Enum.GetValues<Engine>(), [SslProtocols.Tls12, SslProtocols.Tls13]);

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Every_byte_comes_back_both_ways(Engine engine)
    {
        using var bench = new TlsBench(engine);
        using var relay = await bench.RelayAsync();
        await using var server = new NetworkStream(relay.Server);
        var echoing = EchoAsync(server, relay.Server);
        var (sent, received) = (IncrementalHash.CreateHash(HashAlgorithmName.SHA256), IncrementalHash.CreateHash(HashAlgorithmName.SHA256));

        async Task SendAsync()
        {
            var random = new Random(1);
            var buffer = new byte[200_000];
            for (var left = Bulk; left > 0;)
            {
                var length = Math.Min(left, random.Next(1, buffer.Length));
                random.NextBytes(buffer.AsSpan(0, length));
                sent.AppendData(buffer, 0, length);
                await relay.Client.WriteAsync(buffer.AsMemory(0, length));
                left -= length;
            }
        }

        var sending = SendAsync();
        var answer = new byte[100_000];
        var total = 0;
        for (int length; total < Bulk && (length = await relay.Client.ReadAsync(answer, TestContext.Current.CancellationToken)) > 0; total += length)
            received.AppendData(answer, 0, length);

        await sending.InTimeAsync();
        // Not while it reads: SslStream takes no lock for that.
        await relay.Client.ShutdownAsync();
        Assert.Equal(0, await relay.Client.ReadAsync(answer, TestContext.Current.CancellationToken).AsTask().InTimeAsync());
        await echoing.InTimeAsync();
        Assert.Equal(Bulk, total);
        Assert.Equal(sent.GetCurrentHash(), received.GetCurrentHash());
        Assert.Equal(ConnectionEnd.Completed, await relay.End.InTimeAsync());
        Assert.Equal(0, bench.HeldBuffers);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_clients_close_notify_is_an_end_for_the_server_which_may_still_answer(Engine engine, SslProtocols protocol)
    {
        using var bench = new TlsBench(engine);
        using var relay = await bench.RelayAsync(protocol);
        await relay.Client.WriteAsync("question"u8.ToArray(), TestContext.Current.CancellationToken);
        await relay.Client.ShutdownAsync();

        Assert.Equal("question", await ReadAllAsync(new NetworkStream(relay.Server)));
        relay.Server.Send("answer"u8);
        relay.Server.Shutdown(SocketShutdown.Send);

        Assert.Equal("answer", await ReadAllAsync(relay.Client));
        Assert.Equal(ConnectionEnd.Completed, await relay.End.InTimeAsync());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_servers_end_is_a_close_notify_for_the_client_which_may_still_send(Engine engine, SslProtocols protocol)
    {
        using var bench = new TlsBench(engine);
        using var relay = await bench.RelayAsync(protocol);
        await using var server = new NetworkStream(relay.Server);
        relay.Server.Send("greeting"u8);
        relay.Server.Shutdown(SocketShutdown.Send);

        // SslStream throws if TCP ends without.
        Assert.Equal("greeting", await ReadAllAsync(relay.Client));
        await relay.Client.WriteAsync("more"u8.ToArray(), TestContext.Current.CancellationToken);
        await relay.Client.ShutdownAsync();

        Assert.Equal("more", await ReadAllAsync(server));
        Assert.Equal(ConnectionEnd.Completed, await relay.End.InTimeAsync());
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_client_that_ends_without_close_notify_is_a_reset_for_the_server(Engine engine)
    {
        using var bench = new TlsBench(engine);
        using var relay = await bench.RelayAsync();
        await relay.Client.WriteAsync("half a"u8.ToArray(), TestContext.Current.CancellationToken);
        var buffer = new byte[100];
        Assert.Equal(6, await relay.Server.ReceiveAsync(buffer, TestContext.Current.CancellationToken).AsTask().InTimeAsync());

        relay.Client.Dispose();

        var reset = await Assert.ThrowsAsync<SocketException>(() => relay.Server.ReceiveAsync(buffer, TestContext.Current.CancellationToken).AsTask().InTimeAsync());
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        Assert.Equal(ConnectionEnd.ClientReset, await relay.End.InTimeAsync());
        Assert.Equal(0, bench.HeldBuffers);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_reset_of_the_server_is_a_reset_for_the_client(Engine engine)
    {
        using var bench = new TlsBench(engine);
        using var relay = await bench.RelayAsync();

        relay.Server.LingerState = new LingerOption(true, 0);
        relay.Server.Dispose();

        await Assert.ThrowsAsync<IOException>(() => relay.Client.ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask().InTimeAsync());
        Assert.Equal(ConnectionEnd.ServerReset, await relay.End.InTimeAsync());
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_cut_while_both_directions_are_full_ends_both(Engine engine)
    {
        using var bench = new TlsBench(engine);
        using var relay = await bench.RelayAsync();
        // Nobody reads: each writes until nothing more is taken.
        var up = FillAsync(relay.Client);
        var down = FillAsync(new NetworkStream(relay.Server));
        await Task.WhenAny(up, down, Task.Delay(200, TestContext.Current.CancellationToken));

        relay.Cut();

        Assert.Equal(ConnectionEnd.IdleTimeout, await relay.End.InTimeAsync());
        await Assert.ThrowsAnyAsync<IOException>(() => up.InTimeAsync());
        await Assert.ThrowsAnyAsync<IOException>(() => down.InTimeAsync());
        Assert.Equal(0, bench.HeldBuffers);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_rate_holds_for_each_direction_and_loses_nothing(Engine engine)
    {
        const int Rate = 1 << 20;
        using var bench = new TlsBench(engine);
        using var relay = await bench.RelayAsync(bytesPerSecond: Rate);
        await using var server = new NetworkStream(relay.Server);
        var (up, down) = (RandomNumberGenerator.GetBytes(Rate / 2), RandomNumberGenerator.GetBytes(Rate / 2));
        var (upReceived, downReceived) = (new byte[up.Length], new byte[down.Length]);
        var before = Stopwatch.GetTimestamp();

        await Task.WhenAll(
            relay.Client.WriteAsync(up, TestContext.Current.CancellationToken).AsTask(),
            server.WriteAsync(down, TestContext.Current.CancellationToken).AsTask(),
            server.ReadExactlyAsync(upReceived, TestContext.Current.CancellationToken).AsTask(),
            relay.Client.ReadExactlyAsync(downReceived, TestContext.Current.CancellationToken).AsTask()).InTimeAsync();

        Assert.Equal(up, upReceived);
        Assert.Equal(down, downReceived);
        // All but the capacity of the bucket, an eighth of a second's worth.
        Assert.True(Stopwatch.GetElapsedTime(before) > TimeSpan.FromSeconds(0.3));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_cut_ends_directions_that_are_held_back(Engine engine)
    {
        using var bench = new TlsBench(engine);
        using var relay = await bench.RelayAsync(bytesPerSecond: 1);
        await relay.Client.WriteAsync("up"u8.ToArray(), TestContext.Current.CancellationToken);
        relay.Server.Send("down"u8);
        Assert.Equal(1, await relay.Server.ReceiveAsync(new byte[10], TestContext.Current.CancellationToken).AsTask().InTimeAsync());
        Assert.Equal(1, await relay.Client.ReadAsync(new byte[10], TestContext.Current.CancellationToken).AsTask().InTimeAsync());

        relay.Cut();

        Assert.Equal(ConnectionEnd.IdleTimeout, await relay.End.InTimeAsync());
        Assert.Equal(0, bench.HeldBuffers);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Records_that_have_come_are_passed_on_as_one(Engine engine)
    {
        using var bench = new TlsBench(engine);
        var (client, accepted) = await bench.HandshakeAsync();
        var (dialled, server) = await bench.DialAsync();
        var up = new Observer();
        // Less than a socket's buffer takes. SslStream's own has no room for two such records.
        for (var i = 0; i < 3; i++) await client.WriteAsync(new byte[16 * 1024], TestContext.Current.CancellationToken);
        await client.ShutdownAsync();

        await bench.Transport.RunAsync(() => accepted.Move(dialled, up, 0, long.MaxValue));

        Assert.Equal(MoveEnd.SourceEnded, await up.End.Task.InTimeAsync());
        Assert.Equal([16 * 1024, 32 * 1024], up.Moves.Order());
        await bench.Transport.RunAsync(() =>
        {
            accepted.Dispose();
            dialled.Dispose();
        });
        server.Dispose();
        await client.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_record_does_not_wait_for_the_rest_of_the_next(Engine engine)
    {
        using var bench = new TlsBench(engine);
        HoldingStream? held = null;
        using var relay = await bench.RelayAsync(wrap: stream => held = new HoldingStream(stream));
        var buffer = new byte[100];

        held!.Holds = true;
        await relay.Client.WriteAsync("first"u8.ToArray(), TestContext.Current.CancellationToken);
        await relay.Client.WriteAsync("second"u8.ToArray(), TestContext.Current.CancellationToken);
        await held.SendAsync(held.Held - 3);
        Assert.Equal(5, await relay.Server.ReceiveAsync(buffer, TestContext.Current.CancellationToken).AsTask().InTimeAsync());
        Assert.Equal("first"u8, buffer.AsSpan(0, 5));
        await held.SendAsync(3);

        Assert.Equal(6, await relay.Server.ReceiveAsync(buffer, TestContext.Current.CancellationToken).AsTask().InTimeAsync());
        Assert.Equal("second"u8, buffer.AsSpan(0, 6));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_server_that_takes_nothing_more_ends_a_client_that_goes_on(Engine engine)
    {
        using var bench = new TlsBench(engine);
        using var relay = await bench.RelayAsync();
        relay.Server.LingerState = new LingerOption(true, 0);
        var sending = FillAsync(relay.Client);
        Assert.NotEqual(0, await relay.Server.ReceiveAsync(new byte[1000], TestContext.Current.CancellationToken).AsTask().InTimeAsync());

        relay.Server.Dispose();

        Assert.Equal(ConnectionEnd.ServerReset, await relay.End.InTimeAsync());
        await Assert.ThrowsAnyAsync<IOException>(() => sending.InTimeAsync());
        Assert.Equal(0, bench.HeldBuffers);
    }

    [Fact]
    public async Task An_engine_that_is_a_thread_moves_everything_on_it()
    {
        using var bench = new TlsBench(Engine.Epoll);
        var (client, accepted) = await bench.HandshakeAsync();
        var (dialled, server) = await bench.DialAsync();
        var (up, down) = (new Observer(), new Observer());
        var thread = 0;
        await bench.Transport.RunAsync(() =>
        {
            thread = Environment.CurrentManagedThreadId;
            accepted.Move(dialled, up, 0, long.MaxValue);
            dialled.Move(accepted, down, 0, long.MaxValue);
        });
        await using var serverStream = new NetworkStream(server, ownsSocket: true);
        var echoing = EchoAsync(serverStream, server);

        // More than the buffers of the sockets, so that sends have to wait.
        var sending = client.WriteAsync(new byte[20_000_000], TestContext.Current.CancellationToken).AsTask();
        await client.ReadExactlyAsync(new byte[20_000_000], TestContext.Current.CancellationToken).AsTask().InTimeAsync();
        await sending.InTimeAsync();
        await client.ShutdownAsync();
        await bench.Transport.RunAsync(() => new ValueTask<MoveEnd>(up.End.Task));
        await bench.Transport.RunAsync(dialled.ShutdownSend);
        await echoing.InTimeAsync();

        Assert.Equal(MoveEnd.SourceEnded, await down.End.Task.InTimeAsync());
        Assert.Equal([thread], up.Threads.Concat(down.Threads).Distinct());
        await bench.Transport.RunAsync(() =>
        {
            accepted.Dispose();
            dialled.Dispose();
        });
        await client.DisposeAsync();
    }

    [Fact]
    public async Task Messages_allocate_nothing_on_an_engine_that_is_a_thread()
    {
        // So many that what collections of other tests charge this thread with does not count.
        const int Times = 20_000;
        using var bench = new TlsBench(Engine.Epoll);
        using var relay = await bench.RelayAsync();
        var message = new byte[100];
        await RoundTripsAsync(1000);
        var before = await AllocatedAsync();

        await RoundTripsAsync(Times);

        var allocated = (await AllocatedAsync() - before) / (double)Times;
        // One object a message would be at least 24 bytes.
        Assert.InRange(allocated, 0, 20);

        async Task RoundTripsAsync(int times)
        {
            for (var i = 0; i < times; i++)
            {
                await relay.Client.WriteAsync(message);
                await relay.Server.ReceiveAsync(message);
                await relay.Server.SendAsync(message);
                await relay.Client.ReadExactlyAsync(message);
            }
        }

        Task<long> AllocatedAsync() => bench.Transport.RunAsync(() => new ValueTask<long>(GC.GetAllocatedBytesForCurrentThread()));
    }

    private static async Task EchoAsync(Stream stream, Socket socket)
    {
        await stream.CopyToAsync(stream);
        socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task FillAsync(Stream stream)
    {
        var bytes = new byte[100_000];
        while (true) await stream.WriteAsync(bytes);
    }

    private static async Task<string> ReadAllAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, leaveOpen: true);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken).InTimeAsync();
    }

    private sealed class Observer : IMoveObserver
    {
        public TaskCompletionSource<MoveEnd> End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentBag<int> Threads { get; } = [];

        public ConcurrentBag<int> Moves { get; } = [];

        public void Moved(ISocket source, int bytes)
        {
            Moves.Add(bytes);
            Threads.Add(Environment.CurrentManagedThreadId);
        }

        public void Ended(ISocket source, MoveEnd end)
        {
            Threads.Add(Environment.CurrentManagedThreadId);
            End.TrySetResult(end);
        }
    }
}
