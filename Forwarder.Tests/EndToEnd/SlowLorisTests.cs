using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SniForward.Tests.EndToEnd;

/// <summary>Clients that connect and say nothing, or next to nothing, by the thousand, and what they cost others and the program.</summary>
[Collection(nameof(RunsAlone))]
public sealed class SlowLorisTests : IDisposable
{
    private const int Silent = 9000;
    private const int InTurn = 500;
    private const int AtOnce = 50;

    /// <summary>Of the program's memory, for each of them.</summary>
    private const long MostBytes = 10 * 1024;

    private readonly string _folder = Directory.CreateTempSubdirectory("sniforward").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Thousands_that_say_next_to_nothing_keep_nobody_out_and_leave_nothing_behind()
    {
        Machine.NeedsDescriptors(Silent + 1000);
        using var server = TestServer.Echo("served");
        File.WriteAllText(
            Path.Combine(_folder, "forward.toml"),
            $"{Engine.Epoll.Line()}\n[[listener]]\nbind = \"127.0.0.1:0\"\n[default]\nbackend = \"127.0.0.1:{server.Port}\"\n"
            + "[timeouts]\npeek = \"1h\"\n[log]\naccess = false");
        await using var forwarder = ForwarderProcess.Start(_folder);
        var address = await forwarder.AddressAsync();
        await AskAllAsync(address);
        await AskAtOnceAsync(address);
        var process = forwarder.Id.ToString(CultureInfo.InvariantCulture);
        var (memory, descriptors) = (MemoryOf(process), SocketsOf(process));

        var crowd = new List<Socket>(Silent);
        try
        {
            while (crowd.Count < Silent)
            {
                crowd.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
                await crowd[^1].ConnectAsync(address, TestContext.Current.CancellationToken).AsTask().InTimeAsync();
            }
            Assert.True(SpinWait.SpinUntil(() => SocketsOf(process) >= descriptors + Silent, Patience.Limit), "Not all were accepted.");

            await AskAllAsync(address, crowd);
            await AskAtOnceAsync(address);

            var each = (MemoryOf(process) - memory) / Silent;
            TestContext.Current.TestOutputHelper?.WriteLine($"{Silent} silent connections take {each} bytes each");
            Assert.InRange(each, long.MinValue, MostBytes);
            Assert.All(crowd, client => Assert.False(client.Poll(0, SelectMode.SelectRead), "One of them was refused."));
        }
        finally
        {
            crowd.ForEach(client => client.Dispose());
        }
        Assert.True(SpinWait.SpinUntil(() => SocketsOf(process) <= descriptors, Patience.Limit), $"{SocketsOf(process)} sockets are open, {descriptors} were.");
        await AskAsync(address);
    }

    /// <summary>Asks in turn; after each answer, every so many of <paramref name="crowd"/> say one byte more.</summary>
    private static async Task AskAllAsync(IPEndPoint address, List<Socket>? crowd = null)
    {
        for (var i = 0; i < InTurn; i++)
        {
            await AskAsync(address);
            // A third of the crowd says something, each of those a byte in every fiftieth turn.
            for (var speaker = 3 * (i % 50); speaker < crowd?.Count; speaker += 150) crowd[speaker].Send("GET / HTTP/1.1"u8.Slice(i / 50, 1));
        }
    }

    private static Task AskAtOnceAsync(IPEndPoint address) => Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => AskAsync(address)));

    private static async Task AskAsync(IPEndPoint address) =>
        Assert.StartsWith("served", await TestClient.AskAsync(address, "good.example"), StringComparison.Ordinal);

    private static int SocketsOf(string process) => OpenDescriptors.Of(process, "socket:");

    /// <summary>What it holds of the machine's memory, in bytes.</summary>
    private static long MemoryOf(string process) => 1024 * long.Parse(
        File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
