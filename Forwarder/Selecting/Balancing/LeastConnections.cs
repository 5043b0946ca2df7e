namespace SniForward.Selecting.Balancing;

/// <summary>The server with the fewest open connections for its weight; of equals, in turn.</summary>
internal sealed class LeastConnections(Server[] servers) : Policy
{
    public override Server? Take(in Ticket ticket, List<Server>? tried)
    {
        // One that is filled meanwhile leaves the others to be looked at again; at the latest when each was, it is over.
        for (var attempt = 0; attempt < servers.Length; attempt++)
        {
            if (Least(ticket.Turn, tried) is not { } least) return null;
            if (least.TryTake()) return least;
        }
        return null;
    }

    private Server? Least(uint turn, List<Server>? tried)
    {
        Server? least = null;
        for (var i = 0; i < servers.Length; i++)
        {
            var server = servers[(turn % (uint)servers.Length + i) % servers.Length];
            if (!server.IsFull && tried?.Contains(server) is not true && (least is null || server.IsLessBusyThan(least))) least = server;
        }
        return least;
    }
}
