namespace SniForward.Selecting.Balancing;

/// <summary>
/// The order in which servers of different weight take turns, as smooth as it can be: at every point each has had its
/// share of the turns so far, to within two (the divisor method of Webster and Sainte-Laguë, applied turn by turn).
/// </summary>
internal static class TurnOrder
{
    /// <summary>One round: each index as often as its weight says, in lowest terms.</summary>
    /// <param name="weights">Each at least 1.</param>
    public static int[] Of(IReadOnlyList<int> weights)
    {
        if (weights.Count == 0) return [];
        var divisor = DivisorOf(weights);
        var order = new int[weights.Sum(weight => weight / divisor)];

        // The k-th turn of a weight w is due at (k + 1/2) / w; who is due first has it, of equals the first in the list.
        var due = new PriorityQueue<int, (double At, int Index)>();
        for (var i = 0; i < weights.Count; i++) due.Enqueue(i, (0.5 / weights[i], i));
        var had = new int[weights.Count];
        for (var turn = 0; turn < order.Length; turn++)
        {
            var next = due.Dequeue();
            order[turn] = next;
            due.Enqueue(next, ((++had[next] + 0.5) / weights[next], next));
        }
        return order;
    }

    /// <summary>The largest number that divides them all.</summary>
    /// <param name="weights">Each at least 1; at least one.</param>
    public static int DivisorOf(IEnumerable<int> weights) => weights.Aggregate(CommonDivisor);

    private static int CommonDivisor(int a, int b) => b == 0 ? a : CommonDivisor(b, a % b);
}
