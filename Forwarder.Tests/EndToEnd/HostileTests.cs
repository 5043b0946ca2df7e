using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace SniForward.Tests.EndToEnd;

/// <summary>Clients that mean harm or know no better, against the program as a process: others are served all the while.</summary>
public abstract partial class HostileTests(Engine engine) : IDisposable
{
    private const int Crowd = 10_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("GET / HTTP/1.1\r\nHost: slow.exam", true)]
    [InlineData("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", false)]
    public async Task A_crowd_that_never_finishes_its_first_flight_meets_the_deadline_and_others_are_served(string beginning, bool dripping)
    {
        Machine.NeedsDescriptors(Crowd + 1000);
        using var server = TestServer.Echo("served");
        await using var forwarder = Start(server, "[timeouts]\npeek = \"6s\"\n[log]\naccess = false");
        var address = await forwarder.AddressAsync();
        await AskAsync(address);
        var before = MemoryOf(forwarder.Id);

        var crowd = new List<Socket>(Crowd);
        try
        {
            while (crowd.Count < Crowd)
            {
                var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                crowd.Add(client);
                await client.ConnectAsync(address, TestContext.Current.CancellationToken).AsTask().InTimeAsync();
                if (beginning.Length > 0) client.Send(Encoding.Latin1.GetBytes(beginning));
                if (crowd.Count % 1000 == 0) await AskAsync(address);
            }
            await AskAsync(address);
            var perConnection = (MemoryOf(forwarder.Id) - before) / Crowd;

            // What is held for each: at most one peek buffer of 4 KiB and a connection's own few objects.
            Assert.InRange(perConnection, 0, 16 * 1024);
            if (dripping) await DripAsync(crowd);
            foreach (var client in crowd) await DrainAsync(client).InTimeAsync();
            await AskAsync(address);
        }
        finally
        {
            crowd.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public async Task A_crowd_of_large_heads_takes_no_more_memory_than_it_may_and_others_are_served()
    {
        const int Flood = 4_000;
        Machine.NeedsDescriptors(Flood + 1000);
        using var server = TestServer.Echo("served");
        await using var forwarder = Start(server, "[timeouts]\npeek = \"10m\"\n[log]\naccess = false");
        var address = await forwarder.AddressAsync();
        await AskAsync(address);
        var most = MemoryOf(forwarder.Id) + (64 << 20) + Flood * 16 * 1024;
        var head = Encoding.Latin1.GetBytes("GET / HTTP/1.1\r\nHost: good.example\r\nX: ".PadRight(60 * 1024, 'x'));

        var crowd = new List<Socket>(Flood);
        try
        {
            while (crowd.Count < Flood)
            {
                var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                crowd.Add(client);
                await client.ConnectAsync(address, TestContext.Current.CancellationToken).AsTask().InTimeAsync();
                await client.SendAsync(head, TestContext.Current.CancellationToken).AsTask().InTimeAsync();
                if (crowd.Count % 500 != 0) continue;
                await AskAsync(address);
                Assert.InRange(MemoryOf(forwarder.Id), 0, most);
            }
        }
        finally
        {
            crowd.ForEach(client => client.Dispose());
        }
        await AskAsync(address);
    }

    [Fact]
    public async Task Random_bytes_are_refused_and_others_are_served()
    {
        using var server = TestServer.Echo("served");
        await using var forwarder = Start(server, "[timeouts]\npeek = \"2s\"");
        var address = await forwarder.AddressAsync();
        var random = new Random(20261123);

        for (var i = 0; i < 2000; i++)
        {
            using var client = await TestClient.ConnectAsync(address);
            var bytes = new byte[random.Next(1, 600)];
            random.NextBytes(bytes);
            // Every other one begins as TLS does, so that what lies deeper is reached.
            if (i % 2 == 0) bytes = [0x16, 0x03, 0x01, 0x00, .. bytes];
            try
            {
                await client.SendAsync(bytes);
                client.EndSending();
                var answer = await client.ReadAllAsync();
                Assert.DoesNotContain("served", Encoding.Latin1.GetString(answer), StringComparison.Ordinal);
            }
            catch (IOException)
            {
                // Refused at once, with bytes unread, is a reset.
            }
        }

        await AskAsync(address);
        Assert.Empty(forwarder.Errors);
    }

    [Fact]
    public async Task Running_out_of_descriptors_pauses_accepting_and_goes_on_when_some_are_free()
    {
        using var server = TestServer.Echo("served");
        Write(server, "[log]\naccess = false");
        await using var forwarder = ForwarderProcess.StartLimited(_folder, descriptors: 200);
        var address = await forwarder.AddressAsync();
        await AskAsync(address);

        var crowd = new List<TestClient>();
        for (var i = 0; i < 300; i++) crowd.Add(await TestClient.ConnectAsync(address));
        await forwarder.LineAsync(Paused());
        crowd.ForEach(client => client.Dispose());

        await AskAsync(address);
    }

    private ForwarderProcess Start(TestServer server, string more)
    {
        Write(server, more);
        return ForwarderProcess.Start(_folder);
    }

    private void Write(TestServer server, string more) => File.WriteAllText(
        Path.Combine(_folder, "forward.toml"),
        $"{engine.Line()}\n[[listener]]\nbind = \"127.0.0.1:0\"\n[[route]]\nhosts = [\"good.example\"]\nbackend = \"127.0.0.1:{server.Port}\"\n{more}");

    private static async Task AskAsync(EndPoint address) =>
        Assert.StartsWith("served", await TestClient.AskAsync(address, "good.example"), StringComparison.Ordinal);

    /// <summary>Sends each client's next byte once a second, until all have been refused.</summary>
    private static async Task DripAsync(List<Socket> crowd)
    {
        var open = crowd.ToList();
        using var seconds = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (open.Count > 0)
        {
            await seconds.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            // What was refused has something to read: the answer, and the end.
            open.RemoveAll(client => client.Available > 0 || client.Poll(0, SelectMode.SelectRead));
            foreach (var client in open) client.Send("x"u8, SocketFlags.None, out _);
        }
    }

    private static async Task DrainAsync(Socket client)
    {
        var buffer = new byte[1024];
        try
        {
            while (await client.ReceiveAsync(buffer, SocketFlags.None) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Reset is closed, too.
        }
    }

    private static long MemoryOf(int process) =>
        1024 * long.Parse(ResidentSet().Match(File.ReadAllText($"/proc/{process}/status")).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"VmRSS:\s+(\d+) kB")]
    private static partial Regex ResidentSet();

    [GeneratedRegex("pauses accepting")]
    private static partial Regex Paused();
}

[Collection(nameof(Crowds))]
public sealed class HostileTestsOnEpoll() : HostileTests(Engine.Epoll);

[Collection(nameof(Crowds))]
public sealed class HostileTestsOnSockets() : HostileTests(Engine.Sockets);
