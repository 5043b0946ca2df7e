using SniForward.Selecting.Balancing;

namespace SniForward.Selecting.Names;

/// <summary>SRV weights as servers have them.</summary>
internal static class ServiceWeights
{
    private const int Heaviest = 256;

    /// <summary>
    /// The same proportions in lowest terms, so that servers which are all alike stay so however many there are (Kubernetes
    /// divides 100 among them); scaled down if any is still above 256. 0, which is to be chosen hardly ever, counts as 1.
    /// </summary>
    public static int[] Of(IReadOnlyList<int> weights)
    {
        if (weights.Count == 0) return [];
        int[] positive = [.. weights.Select(weight => Math.Max(1, weight))];
        var divisor = TurnOrder.DivisorOf(positive);
        var scale = Math.Min(1, Heaviest / ((double)positive.Max() / divisor));
        return Array.ConvertAll(positive, weight => Math.Max(1, (int)Math.Round(weight / divisor * scale)));
    }
}
