namespace SniForward.Selecting.Balancing;

/// <summary>Servers in turn, a heavy one spread evenly among the others instead of several times in a row.</summary>
internal sealed class RoundRobin : Policy
{
    private readonly Server[] _order;

    public RoundRobin(Server[] servers) => _order = Array.ConvertAll(TurnOrder.Of(Array.ConvertAll(servers, server => server.Weight)), i => servers[i]);

    public override Server? Take(in Ticket ticket, List<Server>? tried) => TakeFirst(_order, ticket.Turn, tried);
}
