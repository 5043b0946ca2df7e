using SniForward.Selecting.Balancing;
using SniForward.Selecting.Health;

namespace SniForward.Selecting;

/// <summary>How a backend treats its servers.</summary>
/// <param name="Name">Its name in the configuration, or the address given inline.</param>
internal sealed record BackendRules(string Name)
{
    /// <summary>How connections are shared out.</summary>
    public Balance Balance { get; init; }

    /// <summary>The PROXY header that its servers get.</summary>
    public ProxyVersion SendProxy { get; init; }

    /// <summary>How many servers one connection may be sent to before it is refused; 0: each once.</summary>
    public int Attempts { get; init; }

    /// <summary>How many connections may wait for a place while every server is full.</summary>
    public int Queue { get; init; }

    /// <summary>How long each may wait.</summary>
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether the connections to a server that has failed are cut.</summary>
    public bool CloseOnFail { get; init; }

    /// <summary>When a server has failed.</summary>
    public HealthRules Health { get; init; } = new();
}
