using System.Net.Sockets;
using System.Security.Cryptography;
using SniForward.Startup;
using SniForward.Transport.Epoll;

namespace SniForward.Tests.EndToEnd;

/// <summary>How the bytes of a connection are moved: copied, through a pipe, or through none because there is none.</summary>
public enum Relay
{
    Splicing,
    Copying,
    Sockets,
}

/// <summary>Bulk arrives whole, ends and stalls as it should, and leaves nothing behind, however it is moved.</summary>
[Collection(nameof(RunsAlone))]
public sealed class BulkTests
{
    private const int Bulk = 20_000_000;

    private static readonly byte[] Head = "GET / HTTP/1.1\r\nHost: any.example\r\n\r\n"u8.ToArray();

    public static TheoryData<Relay, bool> RelaysBothWays { get; } = new(
        from relay in Enum.GetValues<Relay>() from up in new[] { true, false } select (relay, up));

    public static TheoryData<Relay, int, int> RelaysAndSizes { get; } = new(
        from relay in Enum.GetValues<Relay>()
        from up in new[] { 100, Bulk }
        from down in new[] { 100, Bulk }
        select (relay, up, down));

    [Theory]
    [MemberData(nameof(RelaysBothWays))]
    public async Task An_end_that_comes_while_bytes_are_held_comes_after_them(Relay relay, bool up)
    {
        await using var pair = await Pair.OpenAsync(relay);
        var (source, sink) = pair.Direction(up);
        var bytes = RandomNumberGenerator.GetBytes(Bulk);

        var sending = SendAsync(source, bytes, end: true);
        await pair.StallAsync();
        var received = await ReceiveAllAsync(sink);
        await sending.InTimeAsync();

        Assert.True(bytes.AsSpan().SequenceEqual(received));
        await pair.EndAsync(up);
    }

    [Theory]
    [MemberData(nameof(RelaysBothWays))]
    public async Task A_reset_of_the_sink_while_bytes_are_held_is_a_reset_of_the_source(Relay relay, bool up)
    {
        await using var pair = await Pair.OpenAsync(relay);
        var (source, sink) = pair.Direction(up);

        var sending = SendAsync(source, new byte[10 * Bulk], end: false);
        await pair.StallAsync();
        Reset(sink);

        await Assert.ThrowsAsync<SocketException>(() => sending.InTimeAsync());
        Assert.Equal(up ? "server_reset" : "client_reset", (await pair.Forwarder.NextAccessLineAsync()).End);
        pair.AssertNothingHeld();
    }

    [Theory]
    // The portable engine learns of it only when it next reads from the source.
    [InlineData(Relay.Splicing, true)]
    [InlineData(Relay.Splicing, false)]
    [InlineData(Relay.Copying, true)]
    [InlineData(Relay.Copying, false)]
    public async Task A_reset_of_the_source_while_bytes_are_held_is_a_reset_of_the_sink(Relay relay, bool up)
    {
        await using var pair = await Pair.OpenAsync(relay);
        var (source, sink) = pair.Direction(up);

        var sending = SendAsync(source, new byte[10 * Bulk], end: false);
        await pair.StallAsync();
        Reset(source);

        await Assert.ThrowsAnyAsync<Exception>(() => sending.InTimeAsync());
        Assert.Equal(up ? "client_reset" : "server_reset", (await pair.Forwarder.NextAccessLineAsync()).End);
        await Assert.ThrowsAsync<SocketException>(() => ReceiveAllAsync(sink));
        pair.AssertNothingHeld();
    }

    [Theory]
    [MemberData(nameof(RelaysAndSizes))]
    public async Task When_one_side_has_ended_the_other_still_sends_all_it_has(Relay relay, int up, int down)
    {
        await using var pair = await Pair.OpenAsync(relay);
        var (question, answer) = (RandomNumberGenerator.GetBytes(up), RandomNumberGenerator.GetBytes(down));

        var asking = SendAsync(pair.Client, question, end: true);
        var asked = await ReceiveAllAsync(pair.Server);
        Assert.True(question.AsSpan().SequenceEqual(asked));
        var answering = SendAsync(pair.Server, answer, end: true);

        var answered = await ReceiveAllAsync(pair.Client);
        Assert.True(answer.AsSpan().SequenceEqual(answered));
        await Task.WhenAll(asking, answering).InTimeAsync();
        Assert.Equal("completed", (await pair.Forwarder.NextAccessLineAsync()).End);
        pair.AssertNothingHeld();
    }

    [Theory]
    [MemberData(nameof(RelaysBothWays))]
    public async Task A_sink_that_does_not_read_holds_its_source_back_with_a_bounded_memory(Relay relay, bool up)
    {
        await using var pair = await Pair.OpenAsync(relay);
        var (source, _) = pair.Direction(up);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        source.Blocking = false;
        var sent = await pair.FillAsync(source);

        // What the kernel keeps for four sockets' ends, and one pipe or buffer.
        Assert.InRange(sent, 1, 100_000_000);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 2_000_000);
        Assert.InRange(pair.Held, 0, 1);
    }

    [Theory]
    [InlineData(Relay.Splicing)]
    [InlineData(Relay.Copying)]
    [InlineData(Relay.Sockets)]
    public async Task A_reader_that_stops_for_longer_than_idle_is_cut(Relay relay)
    {
        await using var pair = await Pair.OpenAsync(relay, "[timeouts]\nidle = \"500ms\"");

        var sending = SendAsync(pair.Server, new byte[10 * Bulk], end: false);

        Assert.Equal("idle_timeout", (await pair.Forwarder.NextAccessLineAsync()).End);
        await Assert.ThrowsAsync<SocketException>(() => sending.InTimeAsync());
        pair.AssertNothingHeld();
    }

    [Theory]
    [InlineData(Relay.Splicing)]
    [InlineData(Relay.Copying)]
    [InlineData(Relay.Sockets)]
    public async Task A_gigabyte_passes_each_way_at_once_unchanged(Relay relay)
    {
        await using var pair = await Pair.OpenAsync(relay);
        var block = RandomNumberGenerator.GetBytes(1_000_003);
        const int Blocks = 1000;

        var sending = Task.WhenAll(SendBlocksAsync(pair.Client, block, Blocks), SendBlocksAsync(pair.Server, block, Blocks));
        var digests = await Task.WhenAll(DigestAsync(pair.Client), DigestAsync(pair.Server));
        await sending.InTimeAsync();

        using var expected = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < Blocks; i++) expected.AppendData(block);
        var digest = expected.GetHashAndReset();
        Assert.All(digests, received => Assert.Equal(digest, received));
        var line = await pair.Forwarder.NextAccessLineAsync();
        Assert.Equal(("completed", 1_000_003L * Blocks), (line.End, line.BytesDown));
        pair.AssertNothingHeld();
    }

    private static async Task SendAsync(Socket socket, byte[] bytes, bool end)
    {
        await socket.SendAsync(bytes);
        if (end) socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task SendBlocksAsync(Socket socket, byte[] block, int count)
    {
        for (var i = 0; i < count; i++) await socket.SendAsync(block);
        socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task<byte[]> ReceiveAllAsync(Socket socket)
    {
        using var all = new MemoryStream();
        var buffer = new byte[256 * 1024];
        while (await socket.ReceiveAsync(buffer).InTimeAsync() is > 0 and var received) all.Write(buffer, 0, received);
        return all.ToArray();
    }

    private static async Task<byte[]> DigestAsync(Socket socket)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[256 * 1024];
        while (await socket.ReceiveAsync(buffer).InTimeAsync() is > 0 and var received) hash.AppendData(buffer, 0, received);
        return hash.GetHashAndReset();
    }

    private static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    /// <summary>A client and a server with a forwarder between them, the first flight already forwarded.</summary>
    private sealed class Pair : IAsyncDisposable
    {
        private readonly TestServer _server;
        private readonly TestClient _client;

        private Pair(TestForwarder forwarder, TestServer server, TestClient client, Socket accepted) =>
            (Forwarder, _server, _client, Server) = (forwarder, server, client, accepted);

        public TestForwarder Forwarder { get; }

        public Socket Client => _client.Socket;

        public Socket Server { get; }

        /// <summary>The buffers and pipes that hold bytes.</summary>
        public int Held => Forwarder.Forwarder.Engines.OfType<EpollTransport>().Sum(engine => engine.HeldBuffers + engine.HeldPipes);

        public static async Task<Pair> OpenAsync(Relay relay, string more = "")
        {
            if (relay != Relay.Sockets && !OperatingSystem.IsLinux()) Assert.Skip("epoll is Linux's.");
            var server = TestServer.Start();
            var toml = $"[[listener]]\nbind = \"127.0.0.1:0\"\n[default]\nbackend = \"127.0.0.1:{server.Port}\"\n{more}";
            var forwarder = relay switch
            {
                Relay.Splicing => TestForwarder.Start(toml, new Engines(EpollTransport.Start(1, maxPipes: 16), 16)),
                Relay.Copying => TestForwarder.Start(toml, new Engines(EpollTransport.Start(1, maxPipes: 0), 0)),
                _ => Engine.Sockets.Start(toml),
            };
            var client = await TestClient.ConnectAsync(forwarder);
            await client.SendAsync(Head);
            var accepted = await server.AcceptAsync();
            for (var left = Head.Length; left > 0;) left -= await accepted.ReceiveAsync(new byte[left]).InTimeAsync();
            return new Pair(forwarder, server, client, accepted);
        }

        public (Socket Source, Socket Sink) Direction(bool up) => up ? (Client, Server) : (Server, Client);

        /// <summary>Waits until a sink's buffers are full and the forwarder holds bytes, or for the portable engine until they could be.</summary>
        public async Task StallAsync()
        {
            if (Forwarder.Forwarder.Engines[0] is EpollTransport)
            {
                Assert.True(SpinWait.SpinUntil(() => Held > 0, Patience.Limit), "Nothing stalls.");
                return;
            }
            // It does not tell: wait until the sink has something, which may be before it is full.
            Assert.True(SpinWait.SpinUntil(() => Client.Available + Server.Available > 0, Patience.Limit));
            await Task.Yield();
        }

        /// <summary>Sends until nothing more is taken for a while. How many bytes were.</summary>
        public async Task<long> FillAsync(Socket source)
        {
            var bytes = new byte[64 * 1024];
            var sent = 0L;
            while (await Task.Run(() => source.Poll(TimeSpan.FromMilliseconds(500), SelectMode.SelectWrite)))
            {
                var taken = source.Send(bytes, SocketFlags.None, out _);
                sent += Math.Max(0, taken);
            }
            return sent;
        }

        /// <summary>Ends the direction that is still open, and looks at what is left behind.</summary>
        public async Task EndAsync(bool upHasEnded)
        {
            (upHasEnded ? Server : Client).Shutdown(SocketShutdown.Send);
            Assert.Equal("completed", (await Forwarder.NextAccessLineAsync()).End);
            AssertNothingHeld();
        }

        public void AssertNothingHeld() => Assert.Equal(0, Held);

        public async ValueTask DisposeAsync()
        {
            _client.Dispose();
            _server.Dispose();
            await Forwarder.DisposeAsync();
        }
    }
}
