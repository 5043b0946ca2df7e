using System.Net;
using SniForward.Selecting.Health;
using SniForward.Selecting.Names;

namespace SniForward.Selecting;

/// <summary>
/// What of a backend outlives a change of its configuration: the states of its servers, whose turn it is, and who waits for
/// a place. Used by every engine at once.
/// </summary>
/// <param name="resolve">Finds the addresses of a server's name.</param>
/// <param name="time">The clock of its servers' health.</param>
internal sealed class BackendState(Func<DnsEndPoint, ResolvedName?> resolve, TimeProvider time) : IDisposable
{
    private volatile Backend? _current;
    private uint _turn = uint.MaxValue;

    /// <summary>Told of each change of a server's health, with the backend as it is configured now.</summary>
    public Action<Backend, ServerState, HealthChange>? Changed { get; init; }

    /// <summary>The backend as it is configured now; null: nobody has used it yet.</summary>
    public Backend? Current => _current;

    /// <summary>The connections that wait for a place; null while none may.</summary>
    public WaitingLine? Line { get; private set; }

    /// <summary>Held while servers come and go, or their choice is compiled.</summary>
    public Lock Lock { get; } = new();

    /// <summary>The number of a connection in the order of arrival.</summary>
    public uint NextTurn() => Interlocked.Increment(ref _turn);

    /// <summary>This is how it is configured from now on. Under the lock.</summary>
    public void Use(Backend backend)
    {
        if (backend.Rules.Queue > 0) Line ??= new WaitingLine();
        _current = backend;
    }

    /// <summary>A server that it had not before.</summary>
    public ServerState NewServer(EndPoint address) => new(
        address, address is DnsEndPoint name ? resolve(name) : null, time, HealthChanged, () => Current is { Usable: 0 });

    /// <summary>Gives up every server. The connections that they have go on.</summary>
    public void Dispose()
    {
        foreach (var server in Current?.Servers ?? []) server.State.Dispose();
    }

    private void HealthChanged(ServerState server, HealthChange change)
    {
        if (Current is not { } backend) return;
        backend.Recompile();
        Changed?.Invoke(backend, server, change);
        backend.ServeLine();
    }
}
