namespace SniForward.Selecting.Balancing;

/// <summary>
/// The choice among one set of servers. When the set changes another is made, so that it holds nothing that changes but
/// what the servers count themselves: every engine asks it at once, without a lock.
/// </summary>
internal abstract class Policy
{
    /// <summary>Makes the policy of a balance over <paramref name="servers"/>, of which there may be none.</summary>
    public static Policy Of(Balance balance, IReadOnlyList<Server> servers)
    {
        Server[] all = [.. servers];
        return balance switch
        {
            Balance.RoundRobin => new RoundRobin(all),
            Balance.LeastConnections => new LeastConnections(all),
            Balance.RandomTwo => new RandomTwo(all),
            Balance.SourceHash => new SourceHash(all),
            _ => throw new ArgumentOutOfRangeException(nameof(balance)),
        };
    }

    /// <summary>Whether a choice depends on how many connections are open.</summary>
    public static bool Counts(Balance balance) => balance is Balance.LeastConnections or Balance.RandomTwo;

    /// <summary>Chooses a server and takes one of its connections; null: each is tried already, or full.</summary>
    /// <param name="ticket">What the connection brings.</param>
    /// <param name="tried">The servers that it was refused by; null: none.</param>
    public abstract Server? Take(in Ticket ticket, List<Server>? tried);

    /// <summary>Takes a connection of <paramref name="server"/>, unless it was tried or is full.</summary>
    protected static bool TryTake(Server server, List<Server>? tried) => tried?.Contains(server) is not true && server.TryTake();

    /// <summary>The first of <paramref name="servers"/> that can be taken, from one on and round.</summary>
    protected static Server? TakeFirst(Server[] servers, uint from, List<Server>? tried)
    {
        for (var i = 0; i < servers.Length; i++)
        {
            var server = servers[(from % (uint)servers.Length + i) % servers.Length];
            if (TryTake(server, tried)) return server;
        }
        return null;
    }
}
