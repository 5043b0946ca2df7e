using CsCheck;
using SniForward.Selecting.Balancing;

namespace SniForward.Tests.Selecting.Balancing;

public sealed class MaglevTableTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(100)]
    public void Servers_of_equal_weight_have_equal_shares(int count)
    {
        var shares = Shares(new MaglevTable(Servers(count)), count);

        // The entries that are left over in the last round make one at most.
        Assert.All(shares, share => Assert.InRange(share, MaglevTable.Size / count, MaglevTable.Size / count + 1));
    }

    [Fact]
    public void Weights_are_respected() =>
        Gen.Int[1, 10].Array[2, 20].Sample(weights =>
        {
            var shares = Shares(new MaglevTable([.. weights.Select((weight, i) => ($"10.0.0.{i}:443", weight))]), weights.Length);
            for (var i = 0; i < weights.Length; i++)
                Assert.InRange(shares[i], MaglevTable.Size * (double)weights[i] / weights.Sum() * 0.99 - 1, MaglevTable.Size * (double)weights[i] / weights.Sum() * 1.01 + 1);
        }, iter: 100);

    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(50)]
    public void When_a_server_leaves_its_clients_move_and_hardly_any_other(int count)
    {
        var servers = Servers(count);
        var before = new MaglevTable(servers);
        for (var gone = 0; gone < count; gone++)
        {
            var left = servers.ToList();
            left.RemoveAt(gone);
            var after = new MaglevTable(left);

            var moved = Hashes().Count(hash => before[hash] != gone && servers[before[hash]].Name != left[after[hash]].Name);
            Assert.InRange(moved, 0, MaglevTable.Size * 4 / 100);
        }
    }

    [Fact]
    public void The_table_is_the_same_in_every_process()
    {
        // Computed once and written down: another process, version or machine must come to the same.
        var table = new MaglevTable([("a.example:443", 1), ("b.example:443", 2), ("c.example:443", 1)]);

        Assert.Equal(Expected, string.Concat(Enumerable.Range(0, 40).Select(i => table[(ulong)i * 1000])));
    }

    private const string Expected = "1111211111110111012222220122012201220112";

    private static (string Name, int Weight)[] Servers(int count) => [.. Enumerable.Range(0, count).Select(i => ($"10.0.{i / 250}.{i % 250}:443", 1))];

    private static IEnumerable<ulong> Hashes() => Enumerable.Range(0, MaglevTable.Size).Select(i => (ulong)i);

    private static int[] Shares(MaglevTable table, int servers)
    {
        var shares = new int[servers];
        foreach (var hash in Hashes()) shares[table[hash]]++;
        return shares;
    }
}
