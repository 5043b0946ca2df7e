using System.Net;
using SniForward.Securing;
using SniForward.Selecting.Balancing;
using SniForward.Selecting.Health;
using SniForward.Selecting.Names;

namespace SniForward.Selecting;

/// <summary>
/// The servers that one route's connections may go to. Which of them are fit is compiled anew whenever that changes, so
/// that a choice looks at what never changes and takes no lock. Used by every engine at once.
/// </summary>
internal sealed class Backend
{
    private readonly TimeProvider _time;
    private readonly bool _isCounted;
    private readonly Lock _lock = new();
    private Server[] _servers = [];
    private volatile ServerChoice _choice;
    private uint _turn = uint.MaxValue;

    /// <param name="rules">What its configuration says.</param>
    /// <param name="time">The clock of its servers' health.</param>
    public Backend(BackendRules rules, TimeProvider time)
    {
        (Rules, _time) = (rules, time);
        _isCounted = Policy.Counts(rules.Balance);
        Line = rules.Queue > 0 ? new WaitingLine(rules.Queue) : null;
        _choice = new ServerChoice(rules.Balance, []);
    }

    public BackendRules Rules { get; }

    public string Name => Rules.Name;

    /// <summary>All its servers, fit or not.</summary>
    public IReadOnlyList<Server> Servers => Volatile.Read(ref _servers);

    /// <summary>How many servers a connection may be sent to now.</summary>
    public int Usable => _choice.Count;

    /// <summary>How TLS to its servers begins here; null: they get the clients' bytes as they are.</summary>
    public TlsOrigination? Tls { get; init; }

    /// <summary>The servers of the names that clients choose; null: it has its own.</summary>
    public DynamicServers? Dynamic { get; init; }

    /// <summary>The connections that wait for a place; null if none may.</summary>
    public WaitingLine? Line { get; }

    /// <summary>Told of each change of a server's health.</summary>
    public Action<Backend, Server, HealthChange>? Changed { get; init; }

    /// <summary>Makes a server of this backend, which <see cref="Use"/> then puts to work.</summary>
    /// <param name="settings">What is known of it.</param>
    /// <param name="addresses">Those of its name; null if it is not known by a name.</param>
    public Server NewServer(ServerSettings settings, ResolvedName? addresses)
    {
        Server? server = null;
        var health = new ServerHealth(Rules.Health, _time, change => HealthChanged(server!, change)) { IsNeeded = () => Usable == 0 };
        return server = new Server(settings, addresses, health, Line, _isCounted);
    }

    /// <summary>These are its servers from now on. What the others have open goes on.</summary>
    public void Use(IEnumerable<Server> servers)
    {
        lock (_lock)
        {
            Volatile.Write(ref _servers, [.. servers]);
            Recompile();
        }
        ServeLine();
    }

    /// <summary>Whether a choice depends on who the client is.</summary>
    public bool AsksForClient => Rules.Balance == Balance.SourceHash;

    /// <summary>What a connection of <paramref name="client"/> brings to every choice of a server.</summary>
    /// <param name="client">Its address; null unless the backend <see cref="AsksForClient"/>.</param>
    public Ticket TicketOf(EndPoint? client) => new(
        Usable == 1 ? 0 : Interlocked.Increment(ref _turn),
        AsksForClient && client is not null ? ClientHash.Of(client) : 0);

    /// <summary>Chooses a server and takes one of its connections.</summary>
    /// <param name="ticket">What the connection brings.</param>
    /// <param name="tried">The servers that it was refused by; null: none.</param>
    public Pick Take(in Ticket ticket, List<Server>? tried) => _choice.Take(ticket, tried);

    /// <summary>How many servers a connection may be sent to now that are not among <paramref name="tried"/>.</summary>
    public int Untried(List<Server>? tried) => _choice.Untried(tried);

    private void HealthChanged(Server server, HealthChange change)
    {
        lock (_lock) Recompile();
        Changed?.Invoke(this, server, change);
        ServeLine();
    }

    private void Recompile() => _choice = new ServerChoice(Rules.Balance, _servers);

    private void ServeLine()
    {
        if (Line is null) return;
        if (_choice.Count == 0) Line.Dismiss();
        foreach (var server in Servers) server.ServeLine();
    }
}
