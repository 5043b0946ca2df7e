using CsCheck;
using SniForward.Selecting.Balancing;

namespace SniForward.Tests.Selecting.Balancing;

public sealed class TurnOrderTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("7", "0")]
    [InlineData("1 1 1", "012")]
    [InlineData("2 2", "01")]
    [InlineData("2 1", "010")]
    [InlineData("5 1 1", "0001200")]
    [InlineData("1 4", "11011")]
    [InlineData("10 20 30", "210212")]
    public void Heavy_servers_come_more_often_and_not_in_a_row(string weights, string order) =>
        Assert.Equal(order, string.Concat(TurnOrder.Of(Weights(weights))));

    [Fact]
    public void A_round_gives_each_its_weight_and_every_part_of_it_its_share_to_within_two() =>
        Gen.Int[1, 50].Array[1, 12].Sample(weights =>
        {
            var order = TurnOrder.Of(weights);
            var sum = weights.Sum();
            var had = new int[weights.Length];
            for (var turn = 0; turn < order.Length; turn++)
            {
                had[order[turn]]++;
                for (var i = 0; i < weights.Length; i++)
                    Assert.InRange(had[i] - (turn + 1) * (double)weights[i] / sum, -2, 2);
            }
            Assert.All(had.Zip(weights), pair => Assert.Equal((long)pair.Second * order.Length, (long)pair.First * sum));
        });

    private static int[] Weights(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
}
