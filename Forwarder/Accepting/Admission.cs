using System.Net;
using SniForward.Routing;

namespace SniForward.Accepting;

/// <summary>Who may come in: allow and deny lists, the process's limit, and limits by client.</summary>
/// <param name="allow">Networks that may connect; empty: all. A unix client has no address and is always allowed.</param>
/// <param name="deny">Networks that may not. The most specific network of both that holds a client decides; one that is in both denies.</param>
/// <param name="maxConnections">The most open connections of the process; 0: no limit.</param>
/// <param name="clients">The limits by client.</param>
internal sealed class Admission(IReadOnlyList<IPNetwork> allow, IReadOnlyList<IPNetwork> deny, int maxConnections, ClientLimits clients)
{
    private const int Denied = 0;
    private const int Allowed = 1;

    private readonly NetworkTable _networks = new([.. allow.Select(network => (network, Allowed)), .. deny.Select(network => (network, Denied))]);
    private readonly bool _allowsOthers = allow.Count == 0;
    private int _open;

    /// <summary>Whether it matters who a client is.</summary>
    public bool AsksForClient => !_networks.IsEmpty || clients.Enabled;

    /// <summary>How many clients are remembered by their address.</summary>
    public int KnownClients => clients.Count;

    /// <summary>Counts a new connection. False if the process has as many as it may; else <see cref="Leave"/> must be called at its end.</summary>
    public bool TryEnter()
    {
        // Without a limit nobody counts: the count is shared by every core.
        if (maxConnections == 0 || Interlocked.Increment(ref _open) <= maxConnections) return true;
        Interlocked.Decrement(ref _open);
        return false;
    }

    /// <summary>Decides on a connection.</summary>
    /// <param name="client">Whose it is.</param>
    /// <param name="counted">The address that it is then counted by; null: by none.</param>
    /// <param name="wait">If it comes too soon after others, by how much; else zero.</param>
    public AdmissionVerdict Admit(IPAddress client, out IPAddress? counted, out TimeSpan wait)
    {
        (counted, wait) = (null, TimeSpan.Zero);
        if (!IsAllowed(client)) return AdmissionVerdict.Denied;
        if (!clients.Enabled) return AdmissionVerdict.Admitted;
        counted = client;
        return clients.TryEnter(client, out wait) ? AdmissionVerdict.Admitted : AdmissionVerdict.ClientLimit;
    }

    /// <summary>A connection has ended that was counted, by <paramref name="counted"/> too unless that is null.</summary>
    public void Leave(IPAddress? counted)
    {
        if (maxConnections > 0) Interlocked.Decrement(ref _open);
        if (counted is not null) clients.Leave(counted);
    }

    private bool IsAllowed(IPAddress address) => _networks.Find(address) switch
    {
        Allowed => true,
        Denied => false,
        _ => _allowsOthers,
    };
}
