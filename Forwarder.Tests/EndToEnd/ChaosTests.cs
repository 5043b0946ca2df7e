using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using SniForward.Transport.Epoll;

namespace SniForward.Tests.EndToEnd;

/// <summary>
/// Servers that die, hang, reset, flap and come back under load, as a seed has it: the environment's
/// SNIFORWARD_CHAOS_SEED, or a new one each time, which the output tells.
/// </summary>
public abstract class ChaosTests(Engine engine)
{
    private const int Connections = 3000;
    private const int Workers = 32;
    private const int After = 200;

    private readonly int _seed =
        int.TryParse(Environment.GetEnvironmentVariable("SNIFORWARD_CHAOS_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : Random.Shared.Next();

    /// <param name="attempts">How many servers a connection may be sent to: all, or a single one, so that many are refused.</param>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Each_client_has_its_own_answer_or_a_refusal_or_the_end_of_a_server_that_failed(int attempts)
    {
        Say($"SNIFORWARD_CHAOS_SEED={_seed}");
        var servers = Enumerable.Range(0, 4).Select(_ => new ChaosServer()).ToArray();
        try
        {
            await using var forwarder = engine.Start(
                "[[listener]]\nbind = \"127.0.0.1:0\"\n[[route]]\nhosts = [\"*.chaos.example\"]\nbackend = \"all\"\n[timeouts]\nconnect = \"1s\"\n"
                + $"[backend.all]\nattempts = {attempts}\nservers = [{string.Join(", ", servers.Select(server => $"\"127.0.0.1:{server.Port}\""))}]");
            await AskAllAsync(forwarder, -Workers, Workers);
            WaitUntilIdle(forwarder, sockets: int.MaxValue);
            var sockets = OpenDescriptors.Of("self", "socket:");

            var ended = Channel.CreateUnbounded<int>();
            var director = new ChaosDirector(servers, new Random(_seed));
            // Each worker may be held up by a server that hangs, until all are mended.
            var directing = director.RunAsync(ended.Reader, Connections - Workers);
            var asked = await AskAllAsync(forwarder, 0, Connections, ended.Writer);
            await directing.InTimeAsync();

            Say($"faults: {string.Join(", ", director.Done.Select(done => $"{done.Key} {done.Value}"))}");
            Say($"{forwarder.Lines.Count(line => line.Contains("did not take the connection", StringComparison.Ordinal))} attempts failed; servers were taken out {forwarder.Lines.Count(line => line.Contains("is out:", StringComparison.Ordinal))} times");
            Say($"outcomes: {string.Join(", ", asked.CountBy(one => one.Outcome).OrderBy(count => count.Key).Select(count => $"{count.Key} {count.Value}"))}");
            await CheckAsync(forwarder, servers, asked);

            var after = await AskAllAsync(forwarder, Connections, After);
            Assert.All(after, one => Assert.Equal(ChaosOutcome.Served, one.Outcome));
            await EachAnswersAgainAsync(forwarder, servers);
            WaitUntilIdle(forwarder, sockets);
        }
        finally
        {
            foreach (var server in servers) server.Dispose();
        }
    }

    /// <summary>Sends <paramref name="count"/> requests, as many at once as there are workers, and tells <paramref name="ended"/> of each end.</summary>
    private async Task<Asked[]> AskAllAsync(TestForwarder forwarder, int firstId, int count, ChannelWriter<int>? ended = null)
    {
        var asked = new Asked[count];
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(WorkAsync)));
        return asked;

        async Task WorkAsync()
        {
            while (Interlocked.Increment(ref next) is var i && i < count)
            {
                var started = Stopwatch.GetTimestamp();
                asked[i] = new Asked(firstId + i, started, await ChaosClient.AskAsync(forwarder.Address, ChaosRequest.Of(_seed, firstId + i)));
                ended?.TryWrite(i);
            }
        }
    }

    /// <summary>Holds each outcome against what the access log has of it.</summary>
    private static async Task CheckAsync(TestForwarder forwarder, ChaosServer[] servers, Asked[] asked)
    {
        var lines = new Dictionary<string, AccessLine>();
        while (lines.Count < Workers + Connections && await forwarder.NextAccessLineAsync() is var line) lines.Add(line.Name, line);
        var byAddress = servers.ToDictionary(server => $"127.0.0.1:{server.Port}");

        foreach (var one in asked)
        {
            var line = lines[ChaosRequest.NameOf(one.Id)];
            var what = $"{line.Name}: {one.Outcome}, end={line.End} server={line.Text("Server")} up={line.BytesUp} down={line.BytesDown}";
            var isRight = one.Outcome switch
            {
                ChaosOutcome.Served => line.End is "completed" or "server_reset",
                ChaosOutcome.Refused => line.End is "backend_unreachable" or "backend_timeout" or "backend_down",
                ChaosOutcome.Cut => byAddress.TryGetValue(line.Text("Server"), out var server) && server.WasBrokenSince(one.Started),
                _ => false,
            };
            Assert.True(isRight, what);
        }
    }

    /// <summary>Asks until each server has had its share again: what was out is tried once its cool-down is over.</summary>
    private async Task EachAnswersAgainAsync(TestForwarder forwarder, ChaosServer[] servers)
    {
        var before = Array.ConvertAll(servers, server => server.Answers);
        var since = Stopwatch.StartNew();
        for (var id = Connections + After; servers.Index().Any(server => server.Item.Answers == before[server.Index]); id += Workers)
        {
            Assert.True(since.Elapsed < Patience.Limit, "A server that is mended gets no connection.");
            var asked = await AskAllAsync(forwarder, id, Workers);
            Assert.All(asked, one => Assert.Equal(ChaosOutcome.Served, one.Outcome));
        }
        Say($"every server answers again {since.Elapsed.TotalSeconds:0.0} s after the last was mended, at most");
    }

    private static void WaitUntilIdle(TestForwarder forwarder, int sockets)
    {
        Assert.True(SpinWait.SpinUntil(() => forwarder.Forwarder.OpenConnections == 0, Patience.Limit));
        Assert.True(
            SpinWait.SpinUntil(() => OpenDescriptors.Of("self", "socket:") <= sockets, Patience.Limit),
            $"{OpenDescriptors.Of("self", "socket:")} sockets are open, {sockets} were.");
        foreach (var engine in forwarder.Forwarder.Engines.OfType<EpollTransport>()) Assert.Equal((0, 0), (engine.HeldBuffers, engine.HeldPipes));
    }

    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    private readonly record struct Asked(int Id, long Started, ChaosOutcome Outcome);
}

[Collection(nameof(RunsAlone))]
public sealed class ChaosTestsOnEpoll() : ChaosTests(Engine.Epoll);

[Collection(nameof(RunsAlone))]
public sealed class ChaosTestsOnSockets() : ChaosTests(Engine.Sockets);
