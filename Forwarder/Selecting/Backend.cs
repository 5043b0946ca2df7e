using System.Net;
using SniForward.Securing;
using SniForward.Selecting.Balancing;
using SniForward.Selecting.Names;

namespace SniForward.Selecting;

/// <summary>
/// The servers that one route's connections may go to, as one configuration has them; what outlives that is its state.
/// Which of them are fit is compiled anew whenever that changes, so that a choice looks at what never changes and takes no
/// lock. Used by every engine at once.
/// </summary>
/// <param name="rules">What its configuration says.</param>
/// <param name="state">What it shares with the backends of the same name in the configurations before and after.</param>
internal sealed class Backend(BackendRules rules, BackendState state)
{
    private Server[] _servers = [];
    private volatile ServerChoice _choice = new(rules.Balance, []);

    public BackendRules Rules => rules;

    public string Name => rules.Name;

    /// <summary>All its servers, fit or not.</summary>
    public IReadOnlyList<Server> Servers => Volatile.Read(ref _servers);

    /// <summary>How many servers a connection may be sent to now.</summary>
    public int Usable => _choice.Count;

    /// <summary>How TLS to its servers begins here; null: they get the clients' bytes as they are.</summary>
    public TlsOrigination? Tls { get; init; }

    /// <summary>The servers of the names that clients choose; null: it has its own.</summary>
    public DynamicServers? Dynamic { get; init; }

    /// <summary>The connections that wait for a place; null if none may.</summary>
    public WaitingLine? Line => rules.Queue > 0 ? state.Line : null;

    /// <summary>Whether a choice depends on who the client is.</summary>
    public bool AsksForClient => rules.Balance == Balance.SourceHash;

    /// <summary>
    /// These are its servers from now on, and this is how it is configured. One at an address that it had before, by
    /// whatever configuration, keeps its state; what a server that it has no more has open goes on.
    /// </summary>
    public void Use(IReadOnlyList<ServerSettings> servers)
    {
        lock (state.Lock)
        {
            var before = (state.Current?.Servers ?? []).ToDictionary(server => server.Name);
            Volatile.Write(ref _servers, [.. servers.Select(settings => ServerOf(settings, before))]);
            state.Use(this);
            foreach (var server in _servers) server.State.Use(server.Settings, rules, state.Line);
            Recompile();
            foreach (var gone in before.Values) gone.State.Dispose();
        }
        ServeLine();
    }

    /// <summary>Takes one of its servers out, or puts it back. What it has open goes on.</summary>
    public void Set(Server server, ServerAdmin admin)
    {
        server.State.Admin = admin;
        Recompile();
        ServeLine();
    }

    /// <summary>What a connection of <paramref name="client"/> brings to every choice of a server.</summary>
    /// <param name="client">Its address; null unless the backend <see cref="AsksForClient"/>.</param>
    public Ticket TicketOf(EndPoint? client) => new(
        Usable == 1 ? 0 : state.NextTurn(),
        AsksForClient && client is not null ? ClientHash.Of(client) : 0);

    /// <summary>Chooses a server and takes one of its connections.</summary>
    /// <param name="ticket">What the connection brings.</param>
    /// <param name="tried">The servers that it was refused by; null: none.</param>
    public Pick Take(in Ticket ticket, List<Server>? tried) => _choice.Take(ticket, tried);

    /// <summary>How many servers a connection may be sent to now that are not among <paramref name="tried"/>.</summary>
    public int Untried(List<Server>? tried) => _choice.Untried(tried);

    /// <summary>The one of its servers with a state; null: that is none of them.</summary>
    public Server? Find(ServerState server) => Array.Find(_servers, other => other.State == server);

    /// <summary>Compiles the choice among its servers as they are now.</summary>
    public void Recompile()
    {
        lock (state.Lock) _choice = new ServerChoice(rules.Balance, _servers);
    }

    /// <summary>Gives those that wait for a place what is free, or sends them away if no server is left to wait for.</summary>
    public void ServeLine()
    {
        if (state.Line is not { IsEmpty: false } line) return;
        if (Usable == 0) line.Dismiss(this);
        foreach (var server in Servers) server.State.ServeLine();
    }

    private Server ServerOf(ServerSettings settings, Dictionary<string, Server> before)
    {
        var isKnown = before.Remove(Server.NameOf(settings.Address), out var known);
        if (known?.Settings == settings && state.Current == this) return known;
        return new Server(settings, isKnown ? known!.State : state.NewServer(settings.Address), Policy.Counts(rules.Balance));
    }
}
