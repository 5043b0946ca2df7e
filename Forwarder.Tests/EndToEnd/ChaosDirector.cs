using System.Threading.Channels;

namespace SniForward.Tests.EndToEnd;

/// <summary>Breaks servers and mends them, as a seed has it, all but the first, which is always well.</summary>
internal sealed class ChaosDirector(IReadOnlyList<ChaosServer> servers, Random random)
{
    private static readonly ChaosFault[] Faults =
        [ChaosFault.Killed, ChaosFault.Closed, ChaosFault.Deaf, ChaosFault.Resets, ChaosFault.DiesHalfway];

    /// <summary>How often each fault came about.</summary>
    public Dictionary<ChaosFault, int> Done { get; } = Enum.GetValues<ChaosFault>().ToDictionary(fault => fault, _ => 0);

    /// <summary>Acts once every few of the next <paramref name="count"/> connections that end, then mends all.</summary>
    /// <param name="ended">Has an item for each connection that has ended.</param>
    /// <param name="count">Fewer than all, by those that a server may hang on to until it is mended.</param>
    public async Task RunAsync(ChannelReader<int> ended, int count)
    {
        for (var pause = 0; count > 0; count--)
        {
            if (pause-- <= 0)
            {
                Act(servers[random.Next(1, servers.Count)]);
                pause = random.Next(2, 40);
            }
            await ended.ReadAsync(TestContext.Current.CancellationToken);
        }
        foreach (var server in servers.Skip(1)) server.Become(ChaosFault.None);
    }

    private void Act(ChaosServer server)
    {
        var isMended = server.Fault != ChaosFault.None && random.Next(3) > 0;
        if (isMended) Become(server, ChaosFault.None);
        else if (random.Next(6) == 0) Flap(server);
        else Become(server, Faults[random.Next(Faults.Length)]);
    }

    private void Flap(ChaosServer server)
    {
        for (var i = random.Next(2, 6); i > 0; i--)
        {
            Become(server, ChaosFault.Killed);
            Become(server, ChaosFault.None);
        }
    }

    private void Become(ChaosServer server, ChaosFault fault)
    {
        server.Become(fault);
        Done[fault]++;
    }
}
