namespace SniForward.Selecting.Balancing;

/// <summary>
/// The less busy of two servers drawn by weight: nearly as even as the least busy of all, for the price of two looks, and
/// without the rush of every machine of a fleet to the same server (Mitzenmacher, "The Power of Two Choices in Randomized
/// Load Balancing").
/// </summary>
internal sealed class RandomTwo : Policy
{
    private const int MostDraws = 4;

    private readonly Server[] _servers;
    private readonly Server[] _byWeight;

    public RandomTwo(Server[] servers)
    {
        _servers = servers;
        _byWeight = Array.ConvertAll(TurnOrder.Of(Array.ConvertAll(servers, server => server.Weight)), i => servers[i]);
    }

    public override Server? Take(in Ticket ticket, List<Server>? tried)
    {
        if (_servers.Length == 0) return null;
        var one = Draw();
        var other = Draw();
        for (var draws = 0; other == one && draws < MostDraws; draws++) other = Draw();
        var (better, worse) = other.IsLessBusyThan(one) ? (other, one) : (one, other);
        if (TryTake(better, tried)) return better;
        if (TryTake(worse, tried)) return worse;
        return TakeFirst(_servers, (uint)Random.Shared.Next(), tried);
    }

    private Server Draw() => _byWeight[Random.Shared.Next(_byWeight.Length)];
}
