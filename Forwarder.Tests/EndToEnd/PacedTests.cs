using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace SniForward.Tests.EndToEnd;

/// <summary>A connection with a rate loses nothing, is no faster, and ends as any other.</summary>
public abstract class PacedTests(Engine engine)
{
    private const int Size = 2 << 20;

    private static readonly byte[] Head = "GET / HTTP/1.1\r\nHost: any.example\r\n\r\n"u8.ToArray();

    [Theory]
    [InlineData("upload_rate", true)]
    [InlineData("download_rate", false)]
    public async Task A_transfer_arrives_whole_and_not_faster_than_its_rate(string limit, bool up)
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server, $"{limit} = \"2MiB/s\"");
        var (question, answer) = up ? (Bytes(Size), Bytes(100)) : (Bytes(100), Bytes(Size));
        var clock = Stopwatch.StartNew();
        using var client = await TestClient.ConnectAsync(forwarder);

        var asking = SendAndEndAsync(client.Socket, question);
        using var accepted = await server.AcceptAsync();
        var asked = await accepted.ReadAllAsync();
        var answering = SendAndEndAsync(accepted, answer);
        var answered = await client.ReadAllAsync();
        clock.Stop();
        await Task.WhenAll(asking, answering).InTimeAsync();

        Assert.Equal(SHA256.HashData(question), SHA256.HashData(asked));
        Assert.Equal(SHA256.HashData(answer), SHA256.HashData(answered));
        // All but what passes at once, an eighth of a second's worth, and what may have been peeked; less a little for the forwarder's clock.
        var least = TimeSpan.FromSeconds(0.95 * (Size - (Size / 8) - (64 * 1024)) / Size);
        Assert.True(clock.Elapsed >= least, $"{clock.Elapsed} is less than {least}.");
        Assert.Equal("completed", (await forwarder.NextAccessLineAsync()).End);
    }

    [Theory]
    [InlineData("64KiB/s", 40_000)]
    [InlineData("8MiB/s", Size)]
    [InlineData("1024GiB/s", 10 * Size)]
    public async Task Both_ways_at_once_all_arrives_at_any_rate(string rate, int size)
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server, $"upload_rate = \"{rate}\"\ndownload_rate = \"{rate}\"");
        using var client = await TestClient.ConnectAsync(forwarder);
        var (up, down) = (Bytes(size), Bytes(size));

        var sending = SendAndEndAsync(client.Socket, up);
        using var accepted = await server.AcceptAsync();
        var answering = SendAndEndAsync(accepted, down);
        var receiving = accepted.ReadAllAsync();
        var gotDown = await client.ReadAllAsync();
        var gotUp = await receiving;
        await Task.WhenAll(sending, answering).InTimeAsync();

        Assert.Equal(SHA256.HashData(up), SHA256.HashData(gotUp));
        Assert.Equal(SHA256.HashData(down), SHA256.HashData(gotDown));
        var line = await forwarder.NextAccessLineAsync();
        Assert.Equal(("completed", (long)size, (long)size), (line.End, line.BytesUp, line.BytesDown));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_reset_of_either_side_while_bytes_are_held_back_ends_the_connection(bool up, bool bySource)
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server, "upload_rate = \"1KiB/s\"\ndownload_rate = \"1KiB/s\"");
        using var client = await TestClient.ConnectAsync(forwarder);
        using var accepted = await ReachAsync(client, server);
        var (source, sink) = up ? (client.Socket, accepted) : (accepted, client.Socket);
        // They fit into the buffers of the kernel, where most of them stay.
        await source.SendAsync(new byte[50_000], SocketFlags.None, TestContext.Current.CancellationToken).AsTask().InTimeAsync();
        await ReceiveAsync(sink, 1024);

        var (resets, hears) = bySource ? (source, sink) : (sink, source);
        resets.LingerState = new LingerOption(true, 0);
        resets.Dispose();

        var exception = await Assert.ThrowsAsync<SocketException>(() => hears.ReadAllAsync());
        Assert.Equal(SocketError.ConnectionReset, exception.SocketErrorCode);
        Assert.Equal(up == bySource ? "client_reset" : "server_reset", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task After_the_end_of_one_side_all_of_it_and_of_the_other_still_comes()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server, "upload_rate = \"256KiB/s\"\ndownload_rate = \"256KiB/s\"");
        using var client = await TestClient.ConnectAsync(forwarder);
        using var accepted = await ReachAsync(client, server);
        var (question, answer) = (Bytes(100_000), Bytes(100_000));

        await SendAndEndAsync(client.Socket, question);
        Assert.Equal(SHA256.HashData(question), SHA256.HashData(await accepted.ReadAllAsync()));
        await SendAndEndAsync(accepted, answer);
        Assert.Equal(SHA256.HashData(answer), SHA256.HashData(await client.ReadAllAsync()));

        Assert.Equal("completed", (await forwarder.NextAccessLineAsync()).End);
    }

    [Fact]
    public async Task Connections_that_are_held_back_are_cut_when_the_forwarder_stops()
    {
        using var server = TestServer.Start();
        await using var forwarder = Start(server, "download_rate = \"1KiB/s\"");
        using var client = await TestClient.ConnectAsync(forwarder);
        using var accepted = await ReachAsync(client, server);
        await accepted.SendAsync(new byte[50_000], SocketFlags.None, TestContext.Current.CancellationToken).AsTask().InTimeAsync();
        await client.ReadAsync(1024);

        await forwarder.Forwarder.StopAsync(TimeSpan.Zero, CancellationToken.None).InTimeAsync();

        Assert.Equal("drained", (await forwarder.NextAccessLineAsync()).End);
        await client.ExpectResetAsync();
    }

    private TestForwarder Start(TestServer server, string limits) => engine.Start($"""
        [[listener]]
        bind = "127.0.0.1:0"
        [default]
        backend = "127.0.0.1:{server.Port}"
        [limits]
        {limits}
        """);

    /// <summary>Random, but for a head at the beginning.</summary>
    private static byte[] Bytes(int count)
    {
        var bytes = RandomNumberGenerator.GetBytes(count);
        Head.CopyTo(bytes, 0);
        return bytes;
    }

    private static async Task<Socket> ReachAsync(TestClient client, TestServer server)
    {
        await client.SendAsync(Head);
        var accepted = await server.AcceptAsync();
        await ReceiveAsync(accepted, Head.Length);
        return accepted;
    }

    private static async Task ReceiveAsync(Socket socket, int count)
    {
        for (var left = count; left > 0;)
        {
            var received = await socket.ReceiveAsync(new byte[left], SocketFlags.None, TestContext.Current.CancellationToken).AsTask().InTimeAsync();
            Assert.NotEqual(0, received);
            left -= received;
        }
    }

    private static async Task SendAndEndAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0) bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, TestContext.Current.CancellationToken)..];
        socket.Shutdown(SocketShutdown.Send);
    }
}

public sealed class PacedTestsOnEpoll() : PacedTests(Engine.Epoll);

public sealed class PacedTestsOnSockets() : PacedTests(Engine.Sockets);
