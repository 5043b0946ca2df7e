namespace SniForward.Selecting.Balancing;

/// <summary>The server that a client's hash stands for in a Maglev table; if that cannot be had, always the same other ones.</summary>
internal sealed class SourceHash : Policy
{
    private const int MostProbes = 32;

    private readonly Server[] _servers;
    private readonly MaglevTable _table;

    public SourceHash(Server[] servers)
    {
        // By name, so that the order in which a configuration or a DNS answer has them does not matter.
        _servers = [.. servers.OrderBy(server => server.Name, StringComparer.Ordinal)];
        _table = new MaglevTable(Array.ConvertAll(_servers, server => (server.Name, server.Weight)));
    }

    public override Server? Take(in Ticket ticket, List<Server>? tried)
    {
        if (_servers.Length == 0) return null;
        for (var probe = 0UL; probe < MostProbes; probe++)
        {
            var server = _servers[_table[ticket.Client + probe]];
            if (TryTake(server, tried)) return server;
        }
        return TakeFirst(_servers, (uint)ticket.Client, tried);
    }
}
